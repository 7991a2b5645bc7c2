// An ONNX model in floats by ONNX Runtime beside a file of test vectors: how many images have another answer, and how far logits are
// apart: node onnx_close.mjs NODE_MODULES MODEL VECTORS
import { answers } from './onnx_vectors.mjs'

const answer = logits => logits.indexOf(Math.max(...logits))
let others = 0, count = 0, difference = 0, squares = 0, all = 0, largest = 0
for await (const { found, wanted } of answers(...process.argv.slice(2))) {
  ++count
  if (answer(found) !== answer(wanted)) ++others
  found.forEach((value, c) => {
    const apart = Math.abs(value - wanted[c])
    difference = Math.max(difference, apart)
    squares += apart * apart
    all += wanted[c] * wanted[c]
    largest = Math.max(largest, Math.abs(wanted[c]))
  })
}
const percent = x => (100 * x).toFixed(2)
console.log(`${others} of ${count} images have another answer; logits differ by ${percent(Math.sqrt(squares / all))} % of their rms, at most by ` +
  `${percent(difference / largest)} % of the largest`)
