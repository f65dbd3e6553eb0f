/// The completion scripts of the shells. They only carry words to the program and candidates back.
struct CompletionScript {
    /// The name by which the program is called.
    let program: String

    var bash: String {
        """
        _\(name)_complete() {
          local current="${COMP_WORDS[COMP_CWORD]}"
          local IFS=$'\\n'
          COMPREPLY=($("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
          if [ "${COMPREPLY[0]}" = ':files' ]; then
            [ "$current" = '=' ] && current=''
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -f -- "$current"))
          fi
        }
        complete -F _\(name)_complete \(program)

        """
    }

    var zsh: String { "autoload -U +X bashcompinit && bashcompinit\n" + bash }

    var fish: String {
        """
        function _\(name)_complete
          set -l words (commandline -opc)
          set -l found ($words[1] __complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
          if test "$found[1]" = ':files'
            __fish_complete_path (commandline -ct)
          else
            printf '%s\\n' $found
          end
        end
        complete -c \(program) -f -a '(_\(name)_complete)'

        """
    }

    /// Bash cuts words at `=`: puts `-flag`, `=`, `value` together again. Empty words stay what they are.
    static func joined(_ words: [String]) -> [String] {
        var joined: [String] = []
        var glue = false
        for word in words {
            if word == "=", let last = joined.last, last.hasPrefix("-"), !last.contains("=") {
                joined[joined.count - 1] = last + "="
                glue = true
            } else if glue, let last = joined.last {
                joined[joined.count - 1] = last + word
                glue = false
            } else {
                joined.append(word)
            }
        }
        return joined
    }

    private var name: String { program.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() }
}
