// An ONNX model in floats by ONNX Runtime beside test vectors, as `crossbar_sim export --c` writes them: how many images have another
// answer, and how far logits are apart: node onnx_close.mjs NODE_MODULES MODEL VECTORS
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
const answer = logits => logits.indexOf(Math.max(...logits))
let others = 0, difference = 0, squares = 0, all = 0, largest = 0
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
  for (let i = 0; i < n; ++i) {
    const found = Array.from(logits.data.subarray(i * classes, (i + 1) * classes))
    if (answer(found) !== answer(wanted[i])) ++others
    found.forEach((value, c) => {
      const apart = Math.abs(value - wanted[i][c])
      difference = Math.max(difference, apart)
      squares += apart * apart
      all += wanted[i][c] * wanted[i][c]
      largest = Math.max(largest, Math.abs(wanted[i][c]))
    })
  }
}
const percent = x => (100 * x).toFixed(2)
console.log(`${others} of ${count} images have another answer; logits differ by ${percent(Math.sqrt(squares / all))} % of their rms, at most by ` +
  `${percent(difference / largest)} % of the largest`)
