/** One line of the log that the researcher searches. */
export interface Incident {
  id: string;
  date: string;
  service: string;
  severity: number;
  minutes: number;
  cause: string;
}

export interface Findings {
  service: string;
  incidents: number;
  minutes: number;
  longest: Incident;
  /** Minutes by cause, the worst first. */
  causes: [cause: string, minutes: number][];
}

/** The researcher's work: the incidents of one service. */
export function search(csv: string, service: string): Incident[] {
  const [, ...lines] = csv.trim().split('\n');
  const incidents = lines.map((line): Incident => {
    const [id = '', date = '', of = '', severity, minutes, cause = ''] = line.split(',');
    return { id, date, service: of, severity: Number(severity), minutes: Number(minutes), cause };
  });
  return incidents.filter((incident) => incident.service === service);
}

/** The analyst's work. @throws RangeError when there is nothing to analyse. */
export function analyze(incidents: readonly Incident[]): Findings {
  const [first] = incidents;
  if (!first) throw new RangeError('There are no incidents to analyse');
  const causes = new Map<string, number>();
  for (const { cause, minutes } of incidents) causes.set(cause, (causes.get(cause) ?? 0) + minutes);
  return {
    service: first.service,
    incidents: incidents.length,
    minutes: incidents.reduce((sum, { minutes }) => sum + minutes, 0),
    longest: incidents.reduce((longest, next) => (next.minutes > longest.minutes ? next : longest)),
    causes: [...causes].sort((a, b) => b[1] - a[1]),
  };
}

/** The writer's work. */
export function write({ service, incidents, minutes, longest, causes }: Findings): string {
  const [[worst, most] = ['', 0]] = causes;
  return [
    `# Outages of ${service}`,
    '',
    `${incidents} incidents took ${minutes} minutes, ${(minutes / incidents).toFixed(1)} each.`,
    `The longest was ${longest.id} on ${longest.date}: ${longest.minutes} minutes (${longest.cause}).`,
    `Most time was lost to "${worst}": ${most} minutes, ${((most / minutes) * 100).toFixed(0)} %.`,
  ].join('\n');
}
