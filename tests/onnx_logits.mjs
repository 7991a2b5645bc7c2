// Logits of an ONNX model by ONNX Runtime beside those of a file of test vectors: node onnx_logits.mjs NODE_MODULES MODEL VECTORS
import { answers } from './onnx_vectors.mjs'

let equal = 0, count = 0
for await (const { found, wanted } of answers(...process.argv.slice(2))) {
  equal += wanted.every((value, c) => found[c] === value)
  ++count
}
console.log(`${equal} of ${count} images have the program's logits`)
process.exit(equal === count && count > 0 ? 0 : 1)
