/** A shell whose completion is supported. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

/** The hidden command that the scripts ask for candidates: one a line, with its description behind a tab. */
export const COMPLETE = '__complete';

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of kaizen-eatp for bash.
_kaizen_eatp() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _kaizen_eatp kaizen-eatp
`,
  zsh: `#compdef kaizen-eatp
# Completion of kaizen-eatp for zsh.
_kaizen_eatp() {
  local line
  local -a lines values
  lines=("\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    [[ -n $line ]] && values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#values} )); then
    _describe 'kaizen-eatp' values
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _kaizen_eatp ]]; then
  _kaizen_eatp "$@"
else
  compdef _kaizen_eatp kaizen-eatp
fi
`,
  fish: `# Completion of kaizen-eatp for fish.
function __kaizen_eatp_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] ${COMPLETE} $words[2..-1] "$current" 2>/dev/null)
    if test (count $lines) -gt 0
        printf '%s\\n' $lines
    else
        __fish_complete_path "$current"
    end
end
complete -c kaizen-eatp -f -a '(__kaizen_eatp_complete)'
`,
  powershell: `# Completion of kaizen-eatp for PowerShell.
Register-ArgumentCompleter -Native -CommandName kaizen-eatp -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    # An empty argument would be lost on its way to the command.
    if ($wordToComplete -eq '') { $words += ' ' }
    & $commandAst.CommandElements[0].ToString() ${COMPLETE} @words 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
`,
};

/** Returns the script that makes a shell complete the command. */
export const scriptFor = (shell: Shell): string => SCRIPTS[shell];
