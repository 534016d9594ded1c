import { readOptions } from './options.js'
import { printTable } from './table/main.js'

const { show, quick, json } = readOptions()
if (show === 'table' && !(await printTable(quick, json))) process.exitCode = 1
