// Test vectors, as `crossbar_sim export --c` writes them, and what ONNX Runtime makes of their images: answers(NODE_MODULES, MODEL,
// VECTORS) gives, one image after the other, the model's logits and those of the file.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export async function * answers (modules, model, vectors) {
  const { InferenceSession, Tensor } = createRequire(modules + '/')('onnxruntime-node')
  const bytes = readFileSync(vectors)
  const session = await InferenceSession.create(model)
  const [height, width, channels] = session.inputMetadata[0].shape.slice(1)
  const size = height * width * channels
  const count = bytes.readUInt32LE(0)
  const classes = (bytes.length - 4 - count * size) / count / 4
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
    for (let i = 0; i < n; ++i) yield { found: Array.from(logits.data.subarray(i * classes, (i + 1) * classes)), wanted: wanted[i] }
  }
}
