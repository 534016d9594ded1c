/**
 * The field `text` as it was sent, of any type; undefined if it is missing, or given more than once in a form.
 * In JSON it is a field of the outermost object; if it is given twice, the last one counts, as in `JSON.parse`.
 */
export function textField(body: unknown): unknown {
  if (body instanceof URLSearchParams) {
    const texts = body.getAll('text')
    return texts.length === 1 ? texts[0] : undefined
  }
  const isObject = typeof body === 'object' && body !== null && Object.hasOwn(body, 'text')
  return isObject ? Reflect.get(body, 'text') : undefined
}

/** All values that a form gives to a name; none if the body is no form. `key[]` is another name than `key`. */
export function formValues(body: unknown, name: string): string[] {
  return body instanceof URLSearchParams ? body.getAll(name) : []
}
