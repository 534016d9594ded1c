// A page colours the classes by its style sheet. A picture in a README must contain the colours.
const STYLE = `<style>
  svg { font: 13px system-ui, sans-serif } text { fill: #1d2422 } .head { font-weight: 600; font-size: 15px }
  path { fill: none; stroke: #1d2422; stroke-width: 1.5 } .life { stroke: #cfc8b8 }
  rect { fill: #f3efe6; stroke: #7f857f }
  .culprit path, .culprit rect { stroke: #a32416 } .culprit text { fill: #a32416; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #eceae4 } path { stroke: #eceae4 } .life { stroke: #3b4548 } rect { fill: #20272a; stroke: #77827f }
    .culprit path, .culprit rect { stroke: #ff9d8a } .culprit text { fill: #ff9d8a }
  }
</style>`

/** The same diagram as a file of its own, in light and dark colours. */
export function standalone(svg: string): string {
  return `${svg.replace('</title>', `</title>\n${STYLE}`)}\n`
}
