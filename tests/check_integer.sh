#!/usr/bin/env bash
# No floating-point arithmetic in the training path: disassembles its object files and looks for
# scalar or packed float instructions (moves and logic on vector registers are integer code too).
# Usage: check_integer.sh BUILD_FOLDER, e.g. build/release; OBJDUMP names another machine's.
set -uo pipefail
build=${1:?usage: check_integer.sh BUILD_FOLDER}
objdump=${OBJDUMP:-objdump}
sets=("$(dirname "$0")"/../src/kernels/isa_*.cpp)
sets=("${sets[@]##*/}")
path=(base/parallel kernels/reference kernels/dispatch "${sets[@]/#isa_/kernels/isa_}"
      array/{synapse_array,device_array,tiled_array,feedback,rule}
      network/{buffers,forward,deployed_layer,backward_weights,backward_data,graph,stage,workspace,batch_norm,loss,network,notation}
      training/{trainer,augment,update,evaluate} analysis/{deploy,memory})
# Without float arithmetic there is also nothing to convert, compare, or round.
float='v?(add|sub|mul|div|sqrt|min|max|hadd|hsub|addsub|dp|rcp|rsqrt|round|rndscale|range|reduce|scalef|getexp|getmant|cmp[a-z]*|comi|ucomi|fn?m(add|sub)[0-9]*|fmaddsub[0-9]*|fmsubadd[0-9]*|cvt[a-z0-9]*)(ss|sd|ps|pd)|v?cvt(t?[sp][sd]2|[a-z]*2[sp][sd]|dq2|qq2|udq2|uqq2)[a-z0-9]*|f(add|sub|mul|div|ld|st|ild|ist|comi?|ucomi?|abs|chs|sqrt)[a-z]*'
float+='|f(n?madd|n?msub|nmul|ml[as]|cvt|max|min|neg|cmp|ccmp|rint|rec|rsqrt)[a-z0-9]*|[su]cvtf'  # AArch64
passed=0 failed=0
for name in "${path[@]}"; do
    object=$build/src/${name%.cpp}.o
    if [ ! -f "$object" ]; then
        echo "FAIL $name: no object file $object (build first: make sim)"; failed=$((failed + 1)); continue
    fi
    found=$("$objdump" -d --no-show-raw-insn "$object" | awk -F'\t' 'NF > 1 {print $2}' |
            awk '{print $1}' | grep -Ex "$float" | sort | uniq -c | head -5)
    if [ -n "$found" ]; then
        echo "FAIL $name: floating-point instructions:" $found; failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
# The check itself must be able to fail: the float baseline is full of them.
count=$("$objdump" -d --no-show-raw-insn "$build"/src/float/*.o | awk -F'\t' 'NF > 1 {print $2}' |
        awk '{print $1}' | grep -cEx "$float")
if [ "${count:-0}" -gt 0 ]; then
    passed=$((passed + 1))
else
    echo 'FAIL the check finds no float instruction in the float baseline either'; failed=$((failed + 1))
fi
echo "integer training path: $passed passed, $failed failed"
[ "$failed" = 0 ]
