#!/usr/bin/env bash
# Question: how long does a step of training take on several hosts with a slow link between them, how many bytes
# go over it, and how near is the model of docs/scaling.md? hosts.sh [OPTION..] FOLDER, the one of crossbar_sim and
# scaling.
#   -o FILE.csv     the results as CSV as well
#   -r ROUNDS       each point so often, one round after the other; medians (5)
#   -p "COUNTS"     hosts, 2 to 9 (2 4; on fewer cores than hosts they take turns)
#   -b "RATES"      Gbit/s each way, none for no limit (none 10 1 0.1)
#   -n "NETWORKS"   of mnist cifar10 resnet20 (all)
#   -e EPOCHS       of a run, two steps each (20); the first does not count
#   -q SHARE        of all epochs' times the one that so many are below (0.5, the median); less where other work on
#                   the machine gets in between
#   -a "COMMAND"    stands before what is measured, for what keeps other work off the machine
# A host is a network namespace on this machine, its link a veth with tbf on both ends (a bridge for more than two),
# its processor a thread of this one: so what is measured are bytes, exactness and the model, and no speed-up. Needs
# root, iproute2 and Open MPI; says so and ends with status 0 where it has them not. Leaves nothing behind.
set -u

out='' rounds=5 counts='2 4' rates='none 10 1 0.1' networks='mnist cifar10 resnet20' epochs=20 quantile=0.5 around=''
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while getopts o:r:p:b:n:e:q:a: option; do
    case $option in
        o) out=$OPTARG ;;
        r) rounds=$OPTARG ;;
        p) counts=$OPTARG ;;
        b) rates=$OPTARG ;;
        n) networks=$OPTARG ;;
        e) epochs=$OPTARG ;;
        q) quantile=$OPTARG ;;
        a) around=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $# -eq 1 ]] || usage
sim=$(realpath "$1/crossbar_sim") model=$(realpath "$1/scaling")
skip() { echo "skip hosts: $1"; exit 0; }
[[ $(id -u) -eq 0 ]] || skip "network namespaces are made by root alone"
for command in ip tc mpirun; do
    command -v $command >/dev/null || skip "no $command (Debian: iproute2, openmpi-bin)"
done
ldd "$sim" | grep -q libmpi || skip "the program was built without MPI"

work=$(mktemp -d)
prefix=xb$$
clean() {
    trap - EXIT
    trap '' INT TERM # until all is gone
    # The members of a run that was interrupted.
    local h
    for h in 1 2 3 4 5 6 7 8 9; do
        # shellcheck disable=SC2046
        kill -9 $(ip netns pids ${prefix}h$h 2>/dev/null) 2>/dev/null
        ip netns del ${prefix}h$h 2>/dev/null
    done
    ip netns del ${prefix}b 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
trap 'clean; exit 130' INT
trap 'clean; exit 143' TERM
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Host H has its end of the link as eth0; the other ends are on a bridge in a namespace of its own, and for two
# hosts the link goes from one to the other.
make_hosts() {
    local count=$1 h
    for ((h = 1; h <= count; ++h)); do
        ip netns add ${prefix}h$h && ip -n ${prefix}h$h link set lo up || return
    done
    if [[ $count -eq 2 ]]; then
        ip link add eth0 netns ${prefix}h1 type veth peer name eth0 netns ${prefix}h2 || return
    else
        ip netns add ${prefix}b && ip -n ${prefix}b link add br0 type bridge && ip -n ${prefix}b link set br0 up || return
        for ((h = 1; h <= count; ++h)); do
            ip link add eth0 netns ${prefix}h$h type veth peer name p$h netns ${prefix}b &&
                ip -n ${prefix}b link set p$h master br0 up || return
        done
    fi
    for ((h = 1; h <= count; ++h)); do
        ip -n ${prefix}h$h addr add 10.77.0.$h/24 dev eth0 && ip -n ${prefix}h$h link set eth0 up || return
        # As in a cluster: a connection that was idle for a moment does not start slowly again.
        ip netns exec ${prefix}h$h sysctl -qw net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_slow_start_after_idle=0
    done
}
drop_hosts() {
    local h
    for h in 1 2 3 4 5 6 7 8 9; do ip netns del ${prefix}h$h 2>/dev/null; done
    ip netns del ${prefix}b 2>/dev/null
}
# What may leave at once is what the rate is in 100 us, but a few packets at least: a timer is not quicker.
limit() {
    local count=$1 rate=$2 h
    for ((h = 1; h <= count; ++h)); do
        ip netns exec ${prefix}h$h tc qdisc del dev eth0 root 2>/dev/null
        [[ $rate == none ]] || ip netns exec ${prefix}h$h tc qdisc add dev eth0 root tbf \
            rate "$(awk "BEGIN { printf \"%d\", $rate * 1e6 }")kbit" latency 400ms \
            burst "$(awk "BEGIN { b = $rate * 12500; printf \"%d\", b < 16000 ? 16000 : b }")" || return
    done
}
# Starts MPI's daemons in other hosts in place of ssh.
cat >"$work/agent" <<END
#!/bin/sh
host=\$1
shift
# Daemons that start together trip over one another's folders.
export TMPDIR=$work/host\${host##*.}
mkdir -p "\$TMPDIR"
exec ip netns exec ${prefix}h\${host##*.} sh -c "\$*"
END
chmod +x "$work/agent"
on_hosts() {
    local count=$1 hosts yield=0
    shift
    [[ $count -le $(nproc) ]] || yield=1 # who waits lets the others have the core
    hosts=$(seq -s, -f '10.77.0.%g' "$count")
    $around timeout 120 ip netns exec ${prefix}h1 mpirun --leave-session-attached --bind-to none --oversubscribe --host "$hosts" -n "$count" \
        --mca mpi_yield_when_idle $yield \
        --mca plm_rsh_agent "$work/agent" --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca oob_tcp_if_include 10.77.0.0/24 "$@" 2>"$work/err"
}

options_of() { # NETWORK WAY COUNT PART: of a run on COUNT hosts, or of each host's part alone
    local images=100
    [[ $4 == part ]] && images=$((100 / $3))
    [[ $4 == half ]] && images=$((50 / $3))
    options=(--data synthetic --threads 1 --quiet --epochs "$epochs" --test-images 100 --batch "$images"
        --train-images $((2 * images)))
    case $1 in
        resnet20) options+=(--task cifar10-resnet20 --bn-images 0) ;;
        *) options+=(--task "$1") ;;
    esac
    local voters=$3
    [[ $4 == part || $4 == half ]] && voters=1
    case $2 in
        sums) options+=(--rule bm1) ;;
        votes) options+=(--rule bm1 --voters "$voters") ;;
        bits) options+=(--rule bm1 --voters "$voters" --one-bit-votes) ;;
    esac
}
value() { awk -F'[:,]' -v key="\"$2\"" '$1 ~ key { gsub(/[ "]/, "", $2); print $2; exit }' "$1"; }
# Adds a measured number to those under a name.
note() { echo "$2" >>"$work/$1"; }
below() { sort -g "$work/$2" | awk -v q="$1" '{ v[NR] = $1 } END { print v[1 + int((NR - 1) * q)] }'; }
median() { below 0.5 "$1"; }
# Seconds of a step, by the epochs of a record but the first.
seconds() {
    awk -F'[:,]' '/"history"/ { inside = 1 } inside && /"train_seconds"/ && n++ { print $2 / 2 }' "$1"
}
sent_bytes() { ip netns exec ${prefix}h1 cat /sys/class/net/eth0/statistics/tx_bytes; }

# What each host computes: its part of a batch and half of it, all hosts at once, without a word to each other.
alone() { # NETWORK WAY COUNT
    local part h
    for part in part half; do
        options_of "$1" "$2" "$3" $part
        for ((h = 1; h <= $3; ++h)); do echo "$work/alone$h.json"; done >"$work/list"
        $around xargs -P "$3" -I{} "$sim" "${options[@]}" --json {} <"$work/list" >/dev/null 2>"$work/err" || return
        for ((h = 1; h <= $3; ++h)); do note "$part.$1.$2.$3" "$(seconds "$work/alone$h.json")"; done
    done
}
point() { # NETWORK WAY COUNT RATE
    local before after
    options_of "$1" "$2" "$3" whole
    before=$(sent_bytes)
    on_hosts "$3" "$sim" "${options[@]}" --json "$work/run.json" >"$work/out" || return
    after=$(sent_bytes)
    note "time.$1.$2.$3.$4" "$(seconds "$work/run.json")"
    note "wire.$1.$2.$3.$4" $(((after - before) / (2 * epochs))) # with what starts a run, and its tests
    note "told.$1.$2.$3.$4" "$(awk "BEGIN { print $(value "$work/run.json" gradient_bytes_per_step) + $(value "$work/run.json" small_bytes_per_step) }")"
    note "gradient.$1.$2.$3.$4" "$(value "$work/run.json" gradient_bytes_per_step)"
    note "waits.$1.$2.$3.$4" "$(value "$work/run.json" waits_per_step)"
    value "$work/run.json" signature >>"$work/signatures.$1.$2.$3"
}
whole_alone() { # NETWORK WAY COUNT: the signature of one process
    options_of "$1" "$2" "$3" whole
    $around "$sim" "${options[@]}" --json "$work/one.json" >/dev/null 2>"$work/err" || return
    value "$work/one.json" signature >>"$work/signatures.$1.$2.$3"
}
broken() { echo "hosts.sh: $1" >&2; cat "$work/err" >&2; exit 1; }

measure() {
    local round count rate network way
    for count in $counts; do
        make_hosts "$count" || broken "no hosts"
        for ((round = 1; round <= rounds; ++round)); do
            echo "$count hosts, round $round of $rounds" >&2
            for network in $networks; do for way in sums votes bits; do
                [[ $round -gt 1 ]] || whole_alone "$network" $way "$count" || broken "$network $way alone"
                alone "$network" $way "$count" || broken "$network $way in parts"
            done; done
            for rate in $rates; do
                limit "$count" "$rate" || broken "no limit of $rate Gbit/s"
                on_hosts "$count" "$model" link >"$work/link" || broken "no link"
                read -r latency bytes synapse <"$work/link"
                note "latency.$count.$rate" "$latency"
                note "bytes.$count.$rate" "$bytes"
                note "synapse.$count.$rate" "$synapse"
                for network in $networks; do for way in sums votes bits; do
                    point "$network" $way "$count" "$rate" || broken "$network $way on $count hosts, $rate Gbit/s"
                done; done
            done
        done
        drop_hosts
    done
}

row() { # NETWORK WAY COUNT RATE
    local part half images=$((100 / $3)) fields bits same synapses
    part=$(below "$quantile" "part.$1.$2.$3") half=$(below "$quantile" "half.$1.$2.$3")
    same=$(sort -u "$work/signatures.$1.$2.$3" | awk 'END { print NR == 1 ? "same" : "OTHER" }')
    case $1 in mnist) synapses=430500 ;; cifar10) synapses=288352 ;; resnet20) synapses=268336 ;; esac
    fields=$(awk "BEGIN { print $(median "gradient.$1.$2.$3.$4") * 8 * $3 / ($3 - 1) / $synapses }")
    case $2 in sums | votes) bits=2 ;; bits) bits=1 ;; esac
    local image update modelled
    image=$(awk "BEGIN { i = ($part - $half) / ($images - int(50 / $3)); print i < 0 ? 0 : i }")
    update=$(awk "BEGIN { u = $part - $image * $images; print u < 0 ? 0 : u }")
    modelled=$("$model" step network="$1" count="$3" images=$images image_seconds="$image" update_seconds="$update" \
        dealt_bits="$(awk "BEGIN { print $fields - $bits }")" gathered_bits=$bits votes="$([[ $2 == sums ]] && echo 0 || echo 1)" \
        latency="$(median "latency.$3.$4")" bytes_per_second="$(median "bytes.$3.$4")" \
        synapse_seconds="$(median "synapse.$3.$4")") || exit 1
    awk -v OFS=, -v m="$(below "$quantile" "time.$1.$2.$3.$4")" -v f="$modelled" "BEGIN { print \"$1\", \"$2\", $3, \"$4\", m, f, \
        sprintf(\"%.1f\", 100 * (f / m - 1)), $part, $(median "told.$1.$2.$3.$4"), $(median "wire.$1.$2.$3.$4"), \
        $(median "waits.$1.$2.$3.$4"), $(median "latency.$3.$4") * 1e6, $(median "bytes.$3.$4") / 1e6, \"$same\" }"
}

echo "hosts.sh: $rounds rounds of $((2 * epochs)) steps on $(nproc) cores" >&2
measure
{
    echo 'network,sends,hosts,gbit,seconds_per_step,model_seconds,model_error_percent,seconds_alone,told_bytes,wire_bytes,waits,message_us,megabytes_per_second,signature'
    for count in $counts; do for network in $networks; do for way in sums votes bits; do for rate in $rates; do
        row "$network" $way "$count" "$rate"
    done; done; done; done
} >"$work/table.csv"
[[ -z $out ]] || cp "$work/table.csv" "$out" || broken "cannot write $out"
column -s, -t "$work/table.csv"
! grep -q ',OTHER$' "$work/table.csv" || broken "signatures differ from those of one process"
