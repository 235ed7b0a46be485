# Makes a private folder and says "made"; waits until whoever started it is gone (standard input ends), then stops the server
# in the folder and removes the folder. A line "keep" before the end leaves everything.
# It must not trust the process id in a file alone: ids are used again.
trap '' HUP INT TERM QUIT TSTP PIPE
dir=$1
mkdir -m 700 -- "$dir" || exit 1
echo made
exec >/dev/null 2>&1
IFS= read -r word
[ "$word" = keep ] && exit 0

is_ours() {
    if [ -r "/proc/$1/cmdline" ]; then grep -aqF "$dir/data" "/proc/$1/cmdline"; else ps -p "$1" -o args= | grep -qF "$dir/data"; fi
}

round=0
while [ $round -lt 600 ]; do
    pid=
    [ -r "$dir/data/postmaster.pid" ] && IFS= read -r pid < "$dir/data/postmaster.pid"
    case $pid in '' | *[!0-9]*) break ;; esac
    is_ours "$pid" || break
    if [ $round -lt 200 ]; then kill -QUIT "$pid"; else kill -KILL "$pid"; fi
    sleep 0.05
    round=$((round + 1))
done
# A program that is just being started may still write: repeat until the folder is gone.
round=0
while [ -e "$dir" ] && [ $round -lt 600 ]; do
    rm -rf -- "$dir" && break
    sleep 0.05
    round=$((round + 1))
done
