// Logits of an ONNX model by ONNX Runtime beside those of a file of test vectors, as `crossbar_sim export --c` writes it: node
// onnx_logits.mjs NODE_MODULES MODEL VECTORS
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [modules, model, vectors] = process.argv.slice(2)
const { InferenceSession, Tensor } = createRequire(modules + '/')('onnxruntime-node')
const bytes = readFileSync(vectors)
const session = await InferenceSession.create(model)
const [height, width, channels] = session.inputMetadata[0].shape.slice(1)
const size = height * width * channels
const count = bytes.readUInt32LE(0)
const classes = (bytes.length - 4 - count * size) / count / 4
let equal = 0
for (let first = 0; first < count; first += 100) {
  const n = Math.min(100, count - first)
  const pixels = new Uint8Array(n * size)
  const wanted = []
  for (let i = 0; i < n; ++i) {
    const at = 4 + (first + i) * (size + 4 * classes)
    pixels.set(bytes.subarray(at, at + size), i * size)
    wanted.push(Array.from({ length: classes }, (_, c) => bytes.readInt32LE(at + size + 4 * c)))
  }
  const { logits } = await session.run({ pixels: new Tensor('uint8', pixels, [n, height, width, channels]) })
  for (let i = 0; i < n; ++i) equal += wanted[i].every((value, c) => logits.data[i * classes + c] === value)
}
console.log(`${equal} of ${count} images have the program's logits`)
process.exit(equal === count && count > 0 ? 0 : 1)
