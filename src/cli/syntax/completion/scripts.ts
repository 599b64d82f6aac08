/** The scripts that shells run at start. Each passes the words up to the cursor to `lockstep complete`. */
export const SCRIPTS = {
  bash: `# Completion for bash 4 or newer. In ~/.bashrc: eval "$(lockstep completion bash)"
_lockstep() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then compopt -o default; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(lockstep complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _lockstep lockstep
`,
  zsh: `# Completion for zsh. In ~/.zshrc, after compinit: eval "$(lockstep completion zsh)"
_lockstep() {
  local line
  local -a names shown
  for line in "\${(@f)$(lockstep complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then _files; return; fi
    [[ -z $line ]] && continue
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  compadd -l -d shown -a names
}
compdef _lockstep lockstep
`,
  fish: `# Completion for fish. In ~/.config/fish/config.fish: lockstep completion fish | source
function __lockstep_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (lockstep complete fish -- $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path "$current"
    else
        printf '%s\\n' $lines
    end
end
complete -c lockstep -f -a '(__lockstep_complete)'
`,
} as const;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
