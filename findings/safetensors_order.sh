#!/usr/bin/env bash
# safetensors: the same tensors and metadata give another file each time.
#
# Version: safetensors 0.8.0, numpy 2.4.6.
#
# `save` writes tensors in a fixed order, but the keys of `metadata` in the order of a hash map that
# is seeded anew each time. With more than one key, files of one content have different SHA-256;
# with one key, or the header sorted afterwards, they have the same.
#
# Seen (8 calls in one process, different files): 1 key: 1; 8 keys: 8; 8 keys, header sorted: 1
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages safetensors==0.8.0 numpy==2.4.6

cat >order.py <<'PY'
import hashlib
import json
import struct

import numpy as np
from safetensors.numpy import save

tensors = {f"layer.{i}": np.zeros(2, np.float32) for i in range(3)}


def in_order(data):
    (length,) = struct.unpack("<Q", data[:8])
    header = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True).encode()
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def files(keys, after=lambda data: data):
    metadata = {f"key{i}": "value" for i in range(keys)}
    made = {hashlib.sha256(after(save(tensors, metadata))).hexdigest() for _ in range(8)}
    return len(made)


print(files(1), files(8), files(8, in_order))
PY
read -r one eight sorted < <(python order.py)
echo "different files of 8: $one with 1 key, $eight with 8 keys, $sorted with the header sorted"
check "1 key" 1 "$one"
check "8 keys, more than one file" yes "$( ((eight > 1)) && echo yes || echo no)"
check "8 keys, header sorted" 1 "$sorted"
