import { writeGallery } from './gallery/main.js'
import { readOptions } from './options.js'
import { showPage } from './page/main.js'
import { printTable } from './table/main.js'

const { show, quick, json, port } = readOptions()
if (show === 'page') await showPage(port)
else if (show === 'gallery') await writeGallery()
else if (show === 'table' && !(await printTable(quick, json))) process.exitCode = 1
