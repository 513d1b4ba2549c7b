#!/usr/bin/env bash
# The tour of the README: a hazard from report to sign-off, then what is refused. Needs bash, curl and a service that
# accepts HS256 tokens; run it with the settings of the service, so that it can mint them.
#
#   BASE=http://127.0.0.1:8080 PROGRAM="cargo run --quiet --release --" examples/tour.sh
set -euo pipefail

BASE=${BASE:-http://127.0.0.1:8080}
PROGRAM=${PROGRAM:-cargo run --quiet --release --}
# A unit of its own for each run: 14 digits of the time make a code, and the last character checks the others.
read -r USCC < <(awk -v seed="$(date +%s)" 'BEGIN {
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"; body = sprintf("91370303MA%07d", seed % 10000000)
    weight = 1; sum = 0
    for (i = 1; i <= 17; i++) { sum += (index(alphabet, substr(body, i, 1)) - 1) * weight; weight = weight * 3 % 31 }
    print body substr(alphabet, (31 - sum % 31) % 31 + 1, 1) }')

token() { $PROGRAM token --role "$@" 2>/dev/null; }
OFFICE=$(token office)
INSPECTOR=$(token inspector --subject inspector-1 --name 赵一 --level street)
REVIEWER=$(token inspector --subject inspector-2 --name 钱二 --level street)
COMMITTEE=$(token committee --level street --organization keyuan-committee)
REGULATOR=$(token regulator --level district --organization zhangdian-emergency)
UNIT=$(token enterprise --uscc "$USCC")
OTHER_UNIT=$(token enterprise --uscc 91350100M000100Y43)
OTHER_AREA=$(token inspector --areas 370304)

today=$(TZ=Asia/Shanghai date +%F)
in_days() { TZ=Asia/Shanghai date -d "+$1 days" +%F; }
member() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }
first_id() { sed -n 's/^{"id":"\([^"]*\)".*/\1/p'; }

# call METHOD PATH TOKEN [curl arguments]: prints the status and the first part of the body, keeps the body in $answer
call() {
    local method=$1 path=$2 token=$3
    shift 3
    answer=$(curl -sS -X "$method" "$BASE$path" -H "Authorization: Bearer $token" -w '\n%{http_code}' "$@")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    printf '%s %s\n  %s %s\n' "$method" "${path/$HAZARD/…}" "$status" "$(summary)"
}
summary() {
    case $answer in
    *'"code":"'*'"type":"/problems/'*) printf '%s' "$(member code <<<"$answer"): $(member title <<<"$answer")" ;;
    *'"available_actions"'*) printf '%s, version %s' "$(member status <<<"$answer")" "$(member version <<<"$answer")" ;;
    *) printf '%.120s' "$answer" ;;
    esac
}
json() { call "$1" "$2" "$3" -H 'Content-Type: application/json' -d "$4" "${@:5}"; }
act() { json POST "/v1/hazards/$HAZARD/actions/$1" "$2" "$4" -H "If-Match: \"$3\"" -H "Idempotency-Key: $1-$3-$HAZARD"; }
dry() { json POST "/v1/hazards/$HAZARD/actions/$1?dry_run=true" "$2" "$4" -H "If-Match: \"$3\""; }
report() {
    json POST /v1/hazards "$INSPECTOR" '{"source":"inspection","enterprise":"'"$ENTERPRISE"'","title":"污水处理站有限空间未辨识、未设警示标志",
      "description":"集水池、调节池未列入有限空间台账，入口无警示标志。","area":"370303009001","address":"示例路1号厂区西北角",
      "found_on":"'"$today"'","campaigns":["confined_space"]}'
    HAZARD=$(first_id <<<"$answer")
}
confirm_body() {
    printf '{"criteria":%s,"found_level":"%s","cause":"未开展辨识。","harm":"误入可能中毒窒息。","difficulty":"不需停产。","interim_measures":"池口加盖上锁，专人看守。"}' "$1" "$2"
}
order_body() {
    printf '{"kind":"%s","level":"%s","order_number":"科安督〔2026〕12号","requirements":"辨识、建账、设标志。","plan_due_on":"%s","due_on":"%s"}' \
        "$1" "$2" "$(in_days 7)" "$(in_days 40)"
}
HAZARD=none

echo '# From report to sign-off'
json POST /v1/enterprises "$OFFICE" '{"uscc":"'"$USCC"'","name":"淄博示例化工有限公司","industry":"C26","area":"370303009001",
  "address":"示例路1号","principal":{"name":"王某","phone":"13900001001"},"controller":{"name":"李某","phone":"13900001002"}}'
ENTERPRISE=$(first_id <<<"$answer")
report
act confirm "$COMMITTEE" 1 "$(confirm_body '["MEM10-2023/13.1"]' street)"
act order "$COMMITTEE" 2 "$(order_body ordinary street)"
act submit_plan "$UNIT" 3 '{"goals":"全部辨识、登记、上锁。","measures":"聘请专家辨识，培训作业人员。","funding_cny":"120000.00","responsible_person":"王某",
  "responsible_organization":"安全环保部","due_on":"'"$(in_days 30)"'","safety_measures":"整改期间禁止有限空间作业。","emergency_plan":"配备呼吸器，专人值守。"}'
act approve_plan "$COMMITTEE" 4 '{"comment":"同意。"}'
photograph=$(mktemp)
printf 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' | base64 -d >"$photograph"
call POST /v1/attachments "$UNIT" -H 'Content-Type: image/png' --data-binary "@$photograph"
PHOTOGRAPH=$(first_id <<<"$answer")
rm -f "$photograph"
act submit_completion "$UNIT" 5 '{"summary":"辨识有限空间9处，全部登记上锁。","completed_on":"'"$today"'","spent_cny":"98000.00","attachments":["'"$PHOTOGRAPH"'"]}'
echo; echo '# One reviewer is not enough'
act review "$REVIEWER" 6 '{"passed":true,"reviewed_on":"'"$today"'","reviewers":[{"name":"钱二","certificate_number":"370303002"}],"findings":"齐全。"}'
echo; echo '# Two are, and a reviewer does not sign off'
json POST "/v1/hazards/$HAZARD/actions/review" "$REGULATOR" '{"passed":true,"reviewed_on":"'"$today"'","reviewers":[{"name":"钱二","certificate_number":"370303002"},
  {"name":"孙三","certificate_number":"370303003"}],"findings":"现场核对9处，标志、锁具、台账齐全。"}' -H 'If-Match: "6"'
act sign_off "$REGULATOR" 7 '{"comment":"同意销号。"}'
echo; echo '# Another regulator does'
dry sign_off "$(token regulator --subject regulator-2 --name 周五 --level district)" 7 '{"comment":"同意销号。"}'
act sign_off "$(token regulator --subject regulator-2 --name 周五 --level district)" 7 '{"comment":"同意销号。"}'
call GET "/v1/hazards/$HAZARD/events?limit=1" "$REGULATOR"

echo; echo '# What is refused'
CLOSED=$HAZARD
report
act confirm "$COMMITTEE" 1 "$(confirm_body '[]' street)"
json POST "/v1/hazards/$HAZARD/actions/confirm" "$COMMITTEE" "$(confirm_body '["MEM10-2023/13.1"]' municipal)" -H 'If-Match: "1"'
act order "$COMMITTEE" 2 "$(order_body ordinary street)"
json POST "/v1/hazards/$HAZARD/actions/remark" "$COMMITTEE" '{"text":"电话提醒。"}' -H 'If-Match: "1"'
call GET "/v1/hazards/$HAZARD" "$OTHER_UNIT"
call GET "/v1/hazards/$HAZARD" "$OTHER_AREA"
test "$CLOSED" != "$HAZARD"
