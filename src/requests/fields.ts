/**
 * A field as it was sent, of any type; undefined if it is missing, or given more than once in a form.
 * In JSON it is a field of the outermost object; if it is given twice, the last one counts, as in `JSON.parse`.
 */
export function field(body: unknown, name: string): unknown {
  if (body instanceof URLSearchParams) {
    const values = body.getAll(name)
    return values.length === 1 ? values[0] : undefined
  }
  const isObject = typeof body === 'object' && body !== null && Object.hasOwn(body, name)
  return isObject ? Reflect.get(body, name) : undefined
}

/** All values that a form gives to a name; none if the body is no form. `key[]` is another name than `key`. */
export function formValues(body: unknown, name: string): string[] {
  return body instanceof URLSearchParams ? body.getAll(name) : []
}
