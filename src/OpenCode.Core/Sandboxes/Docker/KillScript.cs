namespace OpenCode.Sandboxes.Docker;

/// <summary>The program that ends an execution's processes from inside the container.</summary>
internal static class KillScript
{
    /// <summary>What it says when it has done its work.</summary>
    public const string Success = "gone\n";

    /// <summary>For <c>/bin/sh -c</c>; arguments: the execution's id, and a number of seconds that it is younger than.</summary>
    /// <remarks>
    /// Plain POSIX shell without a single external program: nothing is forked, so it works at the process limit, and dash, busybox
    /// and bash all run it. It says "gone" when it has looked and nothing of the execution is alive, and "alive" when something would not die.
    /// Who is killed: whatever carries the execution's mark, or has an ancestor that does. And what carries no mark at all (cleared its environment, or
    /// hides it by being undumpable) and started since the execution did, unless it descends from something with another mark; by
    /// setsid and double forks such a process has no ancestor left but init, and only its start time tells on it. The execution's own first
    /// process, which has no parent in here, tells the time exactly while it lives; then what descends from another such first process is spared too.
    /// Stopping comes before killing: a stopped process keeps its place in the process limit, so that a fork bomb cannot refill it.
    /// </remarks>
    public const string Text = """
        id=$1
        slurp() { text= line=; while IFS= read -r line; do text=$text$line; done <"$1"; text=$text$line; } 2>/dev/null
        slurp /proc/uptime
        oldest=$(( (${text%%.*} - $2) * 100 ))
        exact=0
        look() {
            all= victims= moving= unsure=
            for directory in /proc/[0-9]*; do
                pid=${directory#/proc/}
                text=
                slurp "$directory/stat"
                set -- ${text##*") "}
                [ $# -gt 20 ] || continue
                eval "state_$pid=$1 parent_$pid=$2 start_$pid=${20}"
                slurp "$directory/environ"
                # A runner cannot be looked into; it says by its arguments what it is. Like every mark, that is believed.
                if [ "$2" = 0 ] && [ -z "$text" ]; then slurp "$directory/cmdline"; fi
                case $text in
                    *OPENCODE_EXECUTION=:"$id":*)
                        eval "mark_$pid=ours"
                        if [ "$2" = 0 ]; then exact=1 oldest=${20}; fi ;;
                    *OPENCODE_EXECUTION=:*) eval "mark_$pid=other" ;;
                    *) eval "mark_$pid=none" ;;
                esac
                all="$all $pid"
            done
            for pid in $all; do
                if [ "$pid" = 1 ] || [ "$pid" = $$ ]; then continue; fi
                eval "state=\$state_$pid start=\$start_$pid"
                case $state in Z|X) continue ;; esac
                verdict=none at=$pid
                while [ "$at" -gt 1 ]; do
                    eval "mark=\${mark_$at:-none}"
                    case $mark in
                        ours) verdict=ours; break ;;
                        other) verdict=other ;;
                    esac
                    eval "at=\${parent_$at:--1}"
                done
                # Its parent went while we looked: the next look will know whose it is.
                if [ $verdict-$at = none--1 ]; then unsure=1; continue; fi
                if [ $verdict = none ] && [ "$start" -ge "$oldest" ] && [ "$at-$exact" != 0-1 ]; then verdict=ours; fi
                if [ $verdict = ours ]; then
                    victims="$victims $pid"
                    case $state in T|t) ;; *) moving=1 ;; esac
                fi
            done
            for pid in $all; do unset "mark_$pid" "parent_$pid"; done
        }
        round=0
        while [ $round -lt 200 ]; do
            look
            if [ -z "$victims$unsure" ]; then echo gone; exit 0; fi
            if [ -z "$victims" ]; then
                :
            elif [ $round -lt 40 ] && [ -n "$moving" ]; then
                kill -s STOP $victims 2>/dev/null
            else
                kill -s KILL $victims 2>/dev/null
            fi
            round=$((round + 1))
        done
        echo alive
        """;
}
