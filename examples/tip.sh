#!/usr/bin/env bash
# Tells a tip and comes back to it, as an app or a web page for the public would. Needs bash and curl, no token and no
# account. Anonymous is what happens unless a name is given.
#
#   examples/tip.sh tell 370303009001 '污水池夜里下人，没有通风' [photo.jpg ...]
#   NAME=赵某 PHONE=13900001001 examples/tip.sh tell …      with a name, which only an officer who states a purpose can open
#   examples/tip.sh status                                  asks for receipt and passphrase
#   examples/tip.sh say '昨夜又下去两个人'
#
# Nothing is written to a file here, and receipt and passphrase go in through the terminal, so that neither the history of
# the shell nor a list of processes holds them. Whoever must not be seen should come over Tor or from a line that is not
# the firm's: the service keeps no address, but the network on the way may.
set -euo pipefail

BASE=${BASE:-http://127.0.0.1:8080}

# post PATH [curl arguments]: the body comes on standard input; prints the answer and fails with it.
post() {
    local path=$1 answer
    shift
    answer=$(curl -sS --no-progress-meter -X POST "$BASE$path" -w '\n%{http_code}' "$@" --data-binary @-)
    case ${answer##*$'\n'} in
    2*) printf '%s\n' "${answer%$'\n'*}" ;;
    *) printf '%s\n' "${answer%$'\n'*}" >&2 && return 1 ;;
    esac
}
json() { post "$1" -H 'Content-Type: application/json' "${@:2}"; }
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }
# A text as JSON: backslashes and quotation marks are escaped, lines end with \n.
quoted() { printf '%s' "$1" | awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }' | sed 's/.*/"&"/'; }
media_type() {
    case ${1,,} in
    *.jpg | *.jpeg) echo image/jpeg ;;
    *.png) echo image/png ;;
    *.webp) echo image/webp ;;
    *) echo "$1: only JPEG, PNG and WebP photographs are taken" >&2 && return 1 ;;
    esac
}
pair() {
    local receipt passphrase
    read -rp 'receipt 回执号: ' receipt
    read -rsp 'passphrase 口令: ' passphrase
    echo >&2
    printf '"receipt":%s,"passphrase":%s' "$(quoted "$receipt")" "$(quoted "$passphrase")"
}

case ${1:-} in
tell)
    area=$2 description=$3
    shift 3
    photos=
    for photo in "$@"; do
        # Position, time and camera are taken out by the service before it keeps the picture.
        id=$(post /v1/tips/attachments -H "Content-Type: $(media_type "$photo")" <"$photo" | member id)
        photos+="${photos:+,}\"$id\""
    done
    who='"anonymous":true'
    if [[ -n ${NAME:-} ]]; then
        who="\"anonymous\":false,\"contact\":{\"name\":$(quoted "$NAME"),\"phone\":$(quoted "${PHONE:?a telephone number is needed with a name}")}"
    fi
    # Should the line break, the same call under the same key is given the same receipt. The key must be random: it is
    # what the receipt is drawn from.
    key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    body="{\"description\":$(quoted "$description"),\"area\":$(quoted "$area"),$who,\"wants_feedback\":true,\"wants_reward\":true,\"attachments\":[$photos]}"
    send() { printf '%s' "$body" | json /v1/tips -H "Idempotency-Key: $key"; }
    heard=$(send || send)
    printf '\nreceipt     回执号  %s\n' "$(printf '%s' "$heard" | member receipt)"
    printf 'passphrase  口令    %s\n\n' "$(printf '%s' "$heard" | member passphrase)"
    echo 'Write both down; nobody can bring them back. 请抄下，丢失无法找回。口令不要告诉任何人。'
    ;;
status) printf '{%s}' "$(pair)" | json /v1/tips/status ;;
say) printf '{%s,"text":%s}' "$(pair)" "$(quoted "$2")" | json /v1/tips/messages ;;
*) sed -n '2,9p' "$0" && exit 2 ;;
esac
