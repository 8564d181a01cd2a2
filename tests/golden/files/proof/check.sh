#!/bin/sh
# Checks the folder it lies in as FORMAT.md section 12 says, with b3sum, sha256sum, openssl and what any system has; 0: all holds.
# Whose key register.vkey is, and whether the last certificate of a chain.pem deserves trust, you must know from elsewhere.
cd "$(dirname "$0")" && export LC_ALL=C && t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT || exit 1
tell() { [ $? = 0 ] && echo "ok   $*" || { echo "FAIL $*"; exit 1; }; }
for x in b3sum sha256sum openssl base64 od cmp sed grep find xargs date; do command -v $x >/dev/null || tell "P1 the program $x is there"; done
get() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$2"; } # member, file: its text
sig() { # verifier key, signature in base64, file: the file is signed by the key (Ed25519)
  x=${1#*+}; { printf '0*0\005\006\003+ep\003!\000'; printf %s "${x#*+}" | base64 -d | tail -c 32; } > "$t/key"; printf %s "$2" | base64 -d | tail -c 64 > "$t/sig"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$t/key" -rawin -in "$3" -sigfile "$t/sig" >/dev/null 2>&1; }
note() { head -n 3 "$t/note" > "$t/text"; [ "$(head -n 1 "$t/text")" = "$1" ] && sig "$2" "$(sed -n '5s/.* //p' "$t/note")" "$t/text"; } # origin, key: it signed $t/note
walk() { # name, log: by name.tlog-proof, name.json is entry $i of that log, under the root $t/root of the checkpoint $t/note
  sed '1,/^$/d' "$1.tlog-proof" > "$t/note"; i=$(sed -n '2s/^index //p' "$1.tlog-proof") n=$(sed -n 2p "$t/note"); fn=$i
  case ${i:-x}${n:-x} in *[!0-9]*) return 1; esac; grep -qF ",\"index\":$i,\"log\":\"$2\",\"prev\":" "$1.json" || return 1
  sn=$((n - 1)); { printf '\000'; cat "$1.json"; } | openssl dgst -sha256 -binary > "$t/root"
  for x in $(sed '1,2d;/^$/q' "$1.tlog-proof"); do printf %s "$x" | base64 -d > "$t/next"; set -- root next; [ $sn -gt 0 ] || return 1
    if [ $((fn & 1)) = 1 ] || [ $fn = $sn ]; then set -- next root; while [ $((fn & 1)) = 0 ] && [ $fn != 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done; fi
    { printf '\001'; cat "$t/$1" "$t/$2"; } | openssl dgst -sha256 -binary > "$t/up"; mv "$t/up" "$t/root"; fn=$((fn >> 1)) sn=$((sn >> 1))
  done; [ $sn = 0 ] && [ "$(base64 < "$t/root")" = "$(sed -n 3p "$t/note")" ]; }
find . ! -type d ! -name manifest-sha256.txt | sort | xargs sha256sum | cmp -s - manifest-sha256.txt; tell "P1 the files are those of manifest-sha256.txt"
[ "$(cat ./*.vkey | wc -l)" = 2 ]; tell "P2 register.vkey and log.vkey are one line each"; sed '1,/^$/d' head.tlog-proof > "$t/reg"
key=$(cat register.vkey) vkey=$(cat log.vkey) last= late=0; origin=${key%%+*} own=${vkey%%+*}; store=${origin##*/} log=${own##*/} was=$key
for f in $(ls -r rotated-*.json 2>/dev/null); do walk "${f%.json}" "$store" && cmp -s "$t/note" "$t/reg" && a=$(get from "$f") b=$(get to "$f") && [ "$b" = "$was" ] &&
  [ $i -gt "$(sed -n '2s/^index //p' opened.tlog-proof)" ] && printf 'livewitness/key-rotation/v1\n%s\n%s\n%s\n%s\n' "$store" "$i" "$a" "$b" > "$t/st" && was=$a &&
  sig "$a" "$(get signature_from "$f")" "$t/st" && sig "$b" "$(get signature_to "$f")" "$t/st"; tell "P2 $f, under the checkpoint of head.json: before $b the register's key was $a"; done
walk opened "$store" && cmp -s "$t/note" "$t/reg" && walk head "$store"; tell "P3 opened.json and head.json are in the register of store $store"
note "$origin" "$key"; tell "P4 the register's checkpoint of size $n is signed by $key"
printf 'livewitness/log-key/v1\n%s\n%s\n%s\n%s\n' "$store" "$log" "$(get kind opened.json)" "$vkey" > "$t/st"; s=$(get signature opened.json)
[ "$(get vkey opened.json) $own" = "$vkey livewitness/log/$log" ] && sig "$was" "$s" "$t/st"; tell "P5 log $log has its key from the store"
grep -q "\"log\":\"$log\",\"root\":\"[0-9a-f]*\",\"size\":.*,\"type\":\"log\.[ch][a-z_]*\",\"v\":1}\$" head.json; tell "P5 head.json is a head of log $log"
for e in $(ls | sed -n 's/^\(entry[-0-9]*\)\..*/\1/p' | sort -u); do walk "$e" "$log" && id=$(b3sum --no-names --derive-key "LiveWitness 2026-11-21 log entry v1" "$e.json") &&
    [ "$id" = "$(cat "$e.id")" ]; tell "P6 $e.json is entry $i of log $log, id $id"; w=$(get wall "$e.json") w=0${w%?????????}; [ "$w" -le "$late" ] || late=$w # seconds
  if grep -q '"type":"log.cut_off","v":1}$' head.json; then [ "$(wc -l < "$t/note") $(head -n 1 "$t/note")" = "3 $own" ]; else note "$own" "$vkey"; fi &&
    grep -q ",\"root\":\"$(od -An -v -tx1 < "$t/root" | tr -d ' \n')\",\"size\":$n[,}]" head.json; tell "P7 its checkpoint, of size $n, is the one in head.json"
  [ -z "$last" ] || { [ $i = $((j + 1)) ] && grep -qF ",\"prev\":\"$last\"," "$e.json"; tell "P8 nothing is left out between entry $j and entry $i"; }; last=$id j=$i; done
for f in blob-*; do [ ! -e "$f" ] || { grep -q "\"blake3\":\"$(b3sum --no-names < "$f")\",.*\"sha256\":\"$(sha256sum < "$f" | cut -c 1-64)\"" entry*.json; tell "P9 $f is a blob of an entry"; }; done
for d in */; do [ -d "$d" ] || { echo "note P10 no time-stamp token: the time rests on the recording machine's clock"; continue; }
  g=$(openssl ts -reply -in "${d}reply.tsr" -text 2>/dev/null | sed -n 's/^Time stamp: //p') && at=$(date -ud "$g" +%s) && cmp -s "${d}note.txt" "$t/reg" && [ "$late" -le $((at + 600)) ] && openssl \
    ts -verify -data "${d}note.txt" -in "${d}reply.tsr" -CAfile "${d}chain.pem" -attime "$at" >/dev/null 2>&1; tell "P10 ${d%/}: the checkpoint of P4 was there at $g, no entry claims to be later"; done
