import { fileURLToPath } from 'node:url';
import { programCommand } from '../../util/program-command.ts';
import { PROGRAM_NAMES } from './programs.ts';

/** The shells that words are completed in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** How a shell asks for words: by the program's name where that is on the path, else by the files that run now. */
function asking(shell: Shell): string {
  const file = fileURLToPath(new URL('../../../bin/cl-train.js', import.meta.url));
  const command =
    programCommand('cl-train') === 'cl-train' ? 'cl-train' : [process.execPath, file].map(quote).join(' ');
  return `${command} complete ${shell} --`;
}

const NAMES = PROGRAM_NAMES.join(' ');

// A script hands over the line up to the cursor as one word, which no shell reads again, and gets lines: which paths
// the shell completes by itself (files where no word fits, folders beside words), and `open` where no blank follows;
// then the words, those of zsh and fish with a tab and what they mean.

const bash = (): string => `# Completion of ${NAMES} in Bash: source <(cl-train completion bash)
_cl_train_complete() {
  local -a answer
  mapfile -t answer < <(${asking('bash')} "\${COMP_LINE:0:COMP_POINT}" 2> /dev/null)
  COMPREPLY=("\${answer[@]:1}")
  case "\${answer[0]}" in
    none*) compopt +o default ;;
    folders*) compopt +o default -o plusdirs ;;
  esac
  [[ "\${answer[0]}" == *open ]] && compopt -o nospace
  return 0
}
complete -o default -F _cl_train_complete ${NAMES}
`;

const zsh = (): string => `#compdef ${NAMES}
# Completion of these programs in zsh: source <(cl-train completion zsh), behind compinit
_cl_train_complete() {
  local line ending=' '
  local -a answer texts shown
  answer=("\${(@f)$(${asking('zsh')} "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2> /dev/null)}")
  [[ "\${answer[1]}" == *open ]] && ending=''
  for line in "\${(@)answer[2,-1]}"; do
    texts+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  (( \${#texts} > 0 )) && compadd -l -S "$ending" -d shown -a texts
  case "\${answer[1]}" in
    files*) (( \${#texts} > 0 )) || { compset -P '*='; _files } ;;
    folders*) compset -P '*='; _path_files -/ ;;
  esac
}
if [[ "\${funcstack[1]}" == _cl_train_complete ]]; then
  _cl_train_complete "$@"
else
  compdef _cl_train_complete ${NAMES}
fi
`;

const fish = (): string => `# Completion of ${NAMES} in fish:
# cl-train completion fish | source
function __cl_train_complete
    set -l answer (${asking('fish')} (commandline -cp | string collect) 2> /dev/null)
    string join \\n -- $answer[2..]
    set -l word (commandline -ct)
    set -l before (string match -r -- '^.*=' $word)
    set -l path (string replace -r -- '^.*=' '' $word)
    switch "$answer[1]"
        case 'files*'
            test (count $answer) -gt 1; or string replace -r -- '^' "$before" (__fish_complete_path "$path")
        case 'folders*'
            string replace -r -- '^' "$before" (__fish_complete_directories "$path" '')
    end
end
for program in ${NAMES}
    complete -c $program -f -a '(__cl_train_complete)'
end
`;

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

/** What a shell reads to complete the command lines of all programs. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]();
}
