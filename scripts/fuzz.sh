#!/usr/bin/env bash
# Fuzzes the readers of the job language with libFuzzer: coverage-guided, bounded in time and memory.
#   scripts/fuzz.sh [SECONDS] [FOLDER]      600 seconds unless said otherwise
# FOLDER keeps the corpus between runs and receives what crashed (crash-…, timeout-…, oom-…); without one it is
# .build/fuzz. Job files below examples/, and below $SEEDS, are what it starts from.
# To look at a finding: .build/fuzz/fuzz FILE. A finding becomes a test beside the code that was wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
folder=$(realpath -m "${2:-.build/fuzz}")
mkdir -p "$folder/corpus" "$folder/objects" "$folder/findings"

# One object for each module, with the coverage that guides the fuzzer. The package manager would add an entry point
# of its own to an executable; libFuzzer brings one.
flags=(-O -whole-module-optimization -parse-as-library -swift-version 6 -sanitize=fuzzer -I "$folder/objects"
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility
  -enable-upcoming-feature InternalImportsByDefault)
changed=
for module in Base HCL Model JobSpec; do
  sources=$(find "Core/Sources/$module" -name '*.swift')
  object=$folder/objects/$module.o
  # What is changed changes all that is built on it.
  if [ -n "$changed" ] || [ ! -e "$object" ] || [ -n "$(find $sources -newer "$object" -print -quit)" ]; then
    changed=yes
    echo "compiling $module"
    # shellcheck disable=SC2086 # one argument for each file
    swiftc "${flags[@]}" -c -module-name "$module" -emit-module-path "$folder/objects/$module.swiftmodule" \
      -o "$object" $sources
  fi
done
swiftc "${flags[@]}" -module-name Fuzz Core/Fuzz/FuzzJobLanguage.swift "$folder"/objects/*.o -lm -o "$folder/fuzz"

# Seeds: every job file once for each reader that it could be for.
while IFS= read -r -d '' file; do
  name=$(basename "$file")
  for reader in 0 2 3; do
    { printf '%b' "\\x0$reader"; cat "$file"; } >"$folder/corpus/seed-$reader-$name"
  done
done < <(find examples ${SEEDS:+"$SEEDS"} -type f \( -name '*.hcl' -o -name '*.nomad' \) -print0)
printf '\x04(a|b)*c{2,5}[[:digit:]]\x00aabcc7' >"$folder/corpus/seed-expression"
printf '\x05{"a":[1,2.5e3,"\\u00e9",null,true]}' >"$folder/corpus/seed-json"
printf '\x060 */2 * JAN-MAR MON#2' >"$folder/corpus/seed-cron"
printf '\x061h30m10.5s' >"$folder/corpus/seed-span"
printf '\x07{"ID":"x","Name":"x","Type":"batch","TaskGroups":[{"Name":"g","Count":2,"Tasks":[{"Name":"t","Driver":"exec"}]}]}' \
  >"$folder/corpus/seed-submission"

exec "$folder/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
  -dict=Core/Fuzz/words.dict -artifact_prefix="$folder/findings/" "$folder/corpus"
