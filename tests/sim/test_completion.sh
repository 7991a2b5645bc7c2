#!/usr/bin/env bash
# Completion of words, as a bash and a zsh do it that somebody types into: test_completion.sh BINARY. Every line typed
# ends with the key that inserts all that fits, and a function in the program's place writes down what it was called with.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

# NAME | what is typed | what the line is after the key
cases() {
    cat <<'CASES'
commands|crossbar_sim ta|target task
second words|crossbar_sim target s|target show
options of train|crossbar_sim --weight-b|--weight-bits
options of a command|crossbar_sim eval --da|eval --data
options of a command of two words|crossbar_sim target fit --dr|target fit --draw
options behind others|crossbar_sim --task mnist --feedback-b|--task mnist --feedback-bits
words of an option|crossbar_sim --rule bm|--rule bm1 bm2 bm3 bm4
words behind =|crossbar_sim --rule=s|--rule=sgd
tasks|crossbar_sim --task mn|--task mnist
a task of one's own|crossbar_sim --task my_t|--task my_task.toml
targets|crossbar_sim study --target pcm|study --target pcm pcm_inference pcmo
experiments|crossbar_sim study --experiment fa|study --experiment faults
columns|crossbar_sim --column usf+bn+bm|--column usf+bn+bm1 usf+bn+bm2 usf+bn+bm3
where images are|crossbar_sim --data sy|--data synthetic
topics|crossbar_sim help ru|help rules
an argument|crossbar_sim target show pcmo|target show pcmo
a file of an option|crossbar_sim --json my_r|--json my_run.json
a file behind =|crossbar_sim --json=my_r|--json=my_run.json
a file of an argument|crossbar_sim eval my_n|eval my_net.ckpt
no file beside words|crossbar_sim --rule my_|--rule my_
no file for a number|crossbar_sim --epochs my_|--epochs my_
no file for a command|crossbar_sim my_|my_
CASES
}
lines_typed() { cases | cut -d'|' -f2; }

# compare SHELL: what it wrote to $work/called against the table.
compare() {
    local shell=$1 name want got
    exec 3<"$work/called"
    while IFS='|' read -r name _ want; do
        got=
        IFS= read -r got <&3
        if [[ ${got% } == "$want" ]]; then ok "$shell: $name"; else fail "$shell: $name" "'$got', not '$want'"; fi
    done < <(cases)
    exec 3<&-
}

touch my_task.toml my_run.json my_net.ckpt
: >called

# ESC * is readline's insert-completions.
run help --completion bash
cp out completion.bash
printf '%s\n' '. ./completion.bash' "crossbar_sim() { printf '%s\n' \"\$*\" >>'$work/called'; }" >bashrc
lines_typed | sed $'s/$/\e*/' | HISTFILE='' bash --noprofile --rcfile bashrc -i >/dev/null 2>typed
compare bash

test_zsh() {
    if ! command -v zsh >/dev/null; then
        skip "zsh" "zsh is not installed"
        return
    fi
    : >called
    mkdir functions
    run help --completion zsh
    cp out functions/_crossbar_sim
    check "zsh: of this program" test "$(head -1 out)" = '#compdef crossbar_sim'
    cat >zshrc <<ZSH
PS1='' HISTFILE=''
fpath=($work/functions \$fpath)
autoload -Uz compinit && compinit -u -d $work/dump
crossbar_sim() { print -r -- "\$*" >>$work/called; }
zle -C all-matches complete-word _generic
bindkey '^T' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
setopt no_beep
print ready >$work/ready
ZSH
    # A line goes in when the one before it was called.
    lines_typed >typed_lines
    cat >type.zsh <<'ZSH'
zmodload zsh/zpty zsh/zselect
wait_for() { # COMMAND...: until it is true, 2 min at most, for machines with much else to do; what is written to the terminal is read meanwhile
    local i out
    for i in {1..6000}; do
        while zpty -r -t shell out; do :; done
        "$@" && return
        zselect -t 2
    done
    return 1
}
called() { [[ $(wc -l <called) -ge $1 ]]; }
zpty shell zsh -f -i
zpty -w shell 'stty -echo; source ./zshrc'
wait_for test -e ready || exit 1
count=0
while IFS= read -r line; do
    zpty -w shell "$line"$'\x14'
    (( ++count ))
    wait_for called $count || exit 1
done <typed_lines
ZSH
    zsh -f type.zsh
    compare zsh
}
test_zsh
refused "completion of another shell" "did you mean 'zsh'?" help --completion zhs
finish
