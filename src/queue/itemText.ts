/** A text that can't become an item; the message is for the visitor. */
export class InvalidItemText extends Error {
  override readonly name = 'InvalidItemText'
}

/** In Unicode code points, as Postgres counts them too: table `item` has the same limit (migrations/001). */
export const MAX_TEXT_LENGTH = 200
const CONTROL_CHARACTER = /\p{Cc}/u
/** Not a space, not a formatting character, and not invisible. U+2800 is an empty Braille pattern. */
const VISIBLE_CHARACTER = /[^\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * Checks what a visitor wants to add.
 * @returns the text without the white space around it
 * @throws InvalidItemText
 */
export function parseItemText(text: unknown): string {
  const fault = faultOfText(text)
  if (fault !== undefined) throw new InvalidItemText(fault)
  return String(text).trim()
}

/** Why a text can't become an item, for the visitor; undefined if it can. */
export function faultOfText(text: unknown): string | undefined {
  if (typeof text !== 'string') return 'Send one text to add.'
  const trimmed = text.trim()
  if (!VISIBLE_CHARACTER.test(trimmed)) return 'Write something to add.'
  const length = [...trimmed].length
  if (length > MAX_TEXT_LENGTH) return `Use at most ${MAX_TEXT_LENGTH} characters; these are ${length}.`
  // Postgres can't keep a NUL, nor half of a surrogate pair: it would come back as another character.
  const isStorable = !CONTROL_CHARACTER.test(trimmed) && trimmed.isWellFormed()
  return isStorable ? undefined : 'Use a single line without tabs or other control characters.'
}
