/** One step of a guide: a file to write, commands to run, or what the commands before it print. */
export type GuideStep =
  | { readonly kind: 'file'; readonly path: string; readonly content: string }
  | { readonly kind: 'commands'; readonly script: string }
  | { readonly kind: 'output'; readonly text: string };

/**
 * The steps of a guide in Markdown, in order: blocks with `title=path` are files, `sh` blocks are commands, and
 * `text output` blocks are what the commands print.
 *
 * @throws Error for a block that is none of these, since a reader could not tell either what to do with it.
 */
export function stepsOf(markdown: string): GuideStep[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', content = '']) => {
    const path = /\btitle=(\S+)/.exec(info)?.[1];
    if (path !== undefined) return { kind: 'file', path, content };
    if (info === 'sh') return { kind: 'commands', script: content };
    if (info === 'text output') return { kind: 'output', text: content.trimEnd() };
    throw new Error(`The guide has a code block that is no step: \`\`\`${info}`);
  });
}
