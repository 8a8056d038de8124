/** The shells that there is a script for. */
export type Shell = 'bash' | 'zsh' | 'fish'

/*
 * Each asks `domainctl completion answer -- WORDS…` for what may follow, so that they know the commands, options and names of whatever
 * version and state there is. An answer has a line for each candidate, its description behind a tab, or the line `:files` alone.
 */

const BASH = `# bash completion of domainctl
_domainctl() {
  local value about
  COMPREPLY=()
  while IFS=$'\\t' read -r value about; do
    if [[ $value == :files ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
      return
    fi
    COMPREPLY+=("$value")
  done < <("\${COMP_WORDS[0]}" completion answer -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _domainctl domainctl
`

const ZSH = `#compdef domainctl
# zsh completion of domainctl
_domainctl() {
  local line value
  local -a described
  for line in "\${(@f)$("\${words[1]}" completion answer -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    value=\${line%%$'\\t'*}
    [[ -n $value ]] || continue
    described+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t domainctl domainctl described
}
if [[ $funcstack[1] == _domainctl ]]; then
  _domainctl "$@"
else
  compdef _domainctl domainctl
fi
`

const FISH = `# fish completion of domainctl
function __domainctl_answer
    set -l typed (commandline -opc) (commandline -ct)
    set -l answer ($typed[1] completion answer -- $typed[2..-1] 2>/dev/null)
    if test "$answer" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $answer
    end
end
complete -c domainctl -f -a '(__domainctl_answer)'
`

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
