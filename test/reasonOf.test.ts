import { reasonOf } from '../src/reasonOf.js'

test.each<[string, unknown, string]>([
  ['its message', new Error('no route to host'), 'no route to host'],
  ['its code, if it has no message', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['its name, if it has neither', new TypeError(''), 'TypeError'],
  ['what it is, if it is no error', 'gone', 'gone'],
  [
    'those of all addresses, each once',
    new AggregateError([new Error('no route'), new Error('refused'), new Error('refused')]),
    'no route; refused',
  ],
])('the reason of an error is %s', (_what, error, reason) => {
  expect(reasonOf(error)).toBe(reason)
})
