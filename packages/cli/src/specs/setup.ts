import type { CommandSpec } from '../spec/command-spec.js';

/** The commands that set up and inspect a deployment. */
export const SETUP: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Create a deployment: its store, and an authority with its key',
    description: [
      'Creates the store and the first authority, whose private key is encrypted with the passphrase and stays in the folder of keys. The authority is pinned: the deployment believes it, whatever a store says.',
      'Each call creates a further authority; what exists already is never replaced.',
    ],
    options: [
      {
        flags: '--name <name>',
        description: 'The name of the authority, for instance "ACME Corp"',
        required: true,
      },
      {
        flags: '--type <type>',
        description: 'The kind of the authority',
        choices: ['organization', 'system', 'human'],
        byDefault: 'organization',
      },
      { flags: '--id <id>', description: 'The id of the authority', byDefault: 'made from the name' },
    ],
    examples: [
      ["kaizen-eatp init --name 'ACME Corp'", 'Creates ~/.eatp/trust.db and the authority org-acme-corp.'],
    ],
    run: async (session, given) => (await import('../commands/authority.js')).add(session, given),
  },
  {
    name: 'doctor',
    summary: 'Look for damage in the store: forks, gaps, bad links and signatures',
    description: [
      'Reads everything, trusts none of it, and writes nothing. Exits with 1 if it finds a fault.',
    ],
    options: [
      { flags: '--no-signatures', description: 'Check the form and the links only' },
      {
        flags: '--checkpoint <file>',
        description: 'A checkpoint that was kept elsewhere, to compare the store with',
      },
    ],
    run: async (session, given) => (await import('../commands/doctor.js')).doctor(session, given),
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands, options and values in a shell',
    arguments: [{ name: 'shell', description: 'The shell', choices: ['bash', 'zsh', 'fish', 'powershell'] }],
    examples: [
      ['kaizen-eatp completion bash > ~/.local/share/bash-completion/completions/kaizen-eatp', 'For bash.'],
      ['kaizen-eatp completion zsh > ~/.zfunc/_kaizen-eatp', 'For zsh, with ~/.zfunc in $fpath.'],
      ['kaizen-eatp completion fish > ~/.config/fish/completions/kaizen-eatp.fish', 'For fish.'],
      ['kaizen-eatp completion powershell >> $PROFILE', 'For PowerShell.'],
    ],
    run: async (session, given) => (await import('../commands/completion.js')).completion(session, given),
  },
  {
    name: 'version',
    summary: 'Print the version of the command and of Node.js',
    run: async () => (await import('../commands/version.js')).version(),
  },
  {
    name: 'help',
    summary: 'Show the help of a command, or its manual page',
    arguments: [
      {
        name: 'command',
        description: 'The words of the command; none for the list',
        optional: true,
        repeated: true,
      },
    ],
    options: [{ flags: '--man', description: 'Print the manual page in the form that man reads' }],
    examples: [['kaizen-eatp help --man agent establish | man -l -', 'Shows the manual page.']],
    run: async (session, given, all) => (await import('../commands/help.js')).help(session, given, all),
  },
];
