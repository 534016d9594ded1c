/** Makes a value when it is first asked for, and keeps it. If that fails, the next caller tries again. */
export function madeOnce<Key, Value>(
  made: Map<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = made.get(key)
  if (known !== undefined) return known
  const value = make()
  made.set(key, value)
  value.catch(() => made.delete(key))
  return value
}
