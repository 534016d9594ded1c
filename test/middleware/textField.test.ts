import { app, useApp } from '../support/useApp.js'

const JSON_ = { Accept: 'application/json' }

useApp()

beforeEach(() => app.empty())

describe('a JSON body', () => {
  test.each([
    ['another field with a `text` of its own', '{"other":{"text":"b"},"text":"a"}'],
    ['a value that reads like a second field', String.raw`{"text":"a","other":"\",\"text\":\"b"}`],
    ['a value that is the name of the field', '{"other":"text","text":"a"}'],
    ['`text` twice, the last one being it', String.raw`{"text":"b","te\u0078t":"a"}`],
    ['a `__proto__` besides', '{"__proto__":{"x":1},"text":"a"}'],
  ])('with %s is taken', async (_what, json) => {
    expect((await app.postJson('/add', json).expect(201)).body.item.text).toBe('a')
  })

  test.each([
    '"text": "a"',
    "{'text':'a'}",
    '{"text":"a"}x',
    '{"text":"a",}',
    '{"text":"a\nb"}',
    '{"text":"a","text":"b"',
  ])('that is malformed (%j) is refused with the reason', (json) => app.postJson('/add', json).expect(400))
})

test('a type without a body has no text, and /remove does not need one', async () => {
  await app.postJson('/add', '').expect(422)
  await app.postJson('/remove', '').expect(200)
})

describe('a form', () => {
  test.each([
    ['text=a+b%2Bc', 'a b+c'],
    ['text=a=b;c', 'a=b;c'],
    ['text=a]=b', 'a]=b'],
    ['other=x&text=a&text[]=y', 'a'],
    ['text=caf\u00e9', 'caf\u00e9'],
    ['%74ext=a', 'a'],
  ])('"%s" adds "%s"', async (form, text) => {
    expect((await app.postForm('/add', form, JSON_).expect(201)).body.item.text).toBe(text)
  })
})
