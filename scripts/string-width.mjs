// In the place of the package of this name, by which yargs lays out its help: ours is ASCII, a column a letter. The package
// asks ICU for a segmenter when it is loaded, 25 ms and more: a tenth of what it takes to ask one host.
export default function stringWidth(text) {
  return text.length;
}
