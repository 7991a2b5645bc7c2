# A Slurm of two nodes on this machine, for tests: sourced. All of it is in one folder, on ports that were free,
# with a munge of its own; nothing of a Slurm that the machine may have is touched.

# What is lacking to start one; nothing where it can be.
slurm_lacks() {
    local each
    for each in munged slurmctld slurmd sbatch scontrol; do
        PATH=$PATH:/usr/sbin command -v $each >/dev/null || echo "$each is not installed (make deps-cluster)"
    done
    [[ $(id -u) -eq 0 ]] || echo "slurmd needs root"
}

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Leaves the first of five ports that nobody listens on.
free_ports() {
    local each
    for ((port = 20000 + RANDOM % 20000; ; port += 5)); do
        for each in 0 1 2 3 4; do is_free $((port + each)) || continue 2; done
        return
    done
}

# start_slurm FOLDER: exports SLURM_CONF, and returns when both nodes are idle; false where they do not come up.
start_slurm() {
    local dir=$1 host user each
    PATH=$PATH:/usr/sbin
    host=$(hostname -s) user=$(id -un)
    free_ports
    mkdir -p "$dir"/{state,spool_n1,spool_n2,munge}
    chmod 700 "$dir/munge"
    head -c 1024 /dev/urandom >"$dir/munge/key"
    chmod 400 "$dir/munge/key"
    munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
        --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" 2>"$dir/munge/said" || return 1
    cat >"$dir/slurm.conf" <<C
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool_%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd_%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd_%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
ReturnToService=2
JobRequeue=1
MpiDefault=none
SlurmdParameters=config_overrides
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
C
    export SLURM_CONF=$dir/slurm.conf
    slurmctld -f "$SLURM_CONF" || return 1
    for each in n1 n2; do slurmd -f "$SLURM_CONF" -N $each || return 1; done
    for each in {1..120}; do
        [[ $(sinfo -h -o '%t %D' 2>/dev/null) = 'idle 2' ]] && return 0
        sleep 0.5
    done
    return 1
}

# stop_slurm FOLDER: ends its jobs and all that was started for it.
stop_slurm() {
    local dir=$1 file pid
    [[ ! -s $dir/slurmctld.pid ]] || scancel --user="$(id -un)" 2>/dev/null
    for _ in {1..40}; do
        [[ -n $(squeue -h 2>/dev/null) ]] || break
        sleep 0.5
    done
    for file in "$dir"/slurmd_*.pid "$dir/slurmctld.pid" "$dir/munge/pid"; do
        [[ -s $file ]] || continue
        pid=$(<"$file")
        kill "$pid" 2>/dev/null
        for _ in {1..40}; do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.25
        done
        kill -9 "$pid" 2>/dev/null
    done
}
