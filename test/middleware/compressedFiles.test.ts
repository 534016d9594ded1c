import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express from 'express'
import { compressedFiles } from '../../src/middleware/compressedFiles.js'
import { folder, useFolder } from '../support/useFolder.js'

useFolder()

test('a file that could not be read is tried again', async () => {
  const file = path.join(folder, 'styles.css')
  await writeFile(file, 'body {}')
  const server = createServer(express().set('env', 'test').use(compressedFiles(folder, 'no-cache')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/styles.css`
  await rm(file)
  expect((await fetch(url)).ok).toBe(false)
  await writeFile(file, 'body {}')
  expect(await (await fetch(url)).text()).toBe('body {}')
  server.close()
})
