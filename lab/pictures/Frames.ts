import type { Page } from '../../test/support/browser.js'

export interface Frame {
  readonly png: Uint8Array
  /** How long it is shown, in hundredths of a second. */
  readonly hundredths: number
}

/** A page that shows windows beside each other, with a caption above. */
export class Frames {
  readonly all: Frame[] = []
  readonly #paper: Page

  constructor(paper: Page) {
    this.#paper = paper
  }

  async take(windows: readonly Page[], caption: string, hundredths: number): Promise<void> {
    const pictures = await Promise.all(windows.map((window) => window.screenshot({ encoding: 'base64' })))
    await this.#paper.setContent(`<!doctype html><style>
      body { margin: 0; padding: 20px 34px; background: #d9d2c5; color: #1d2422; font: 600 24px system-ui, sans-serif }
      p { height: 44px; margin: 0 }
      div { display: flex; gap: 32px }
      img { width: 430px; height: 560px; border-radius: 12px }
    </style><p>${caption}</p><div>${pictures.map((png) => `<img src="data:image/png;base64,${png}">`).join('')}</div>`)
    this.all.push({ png: await this.#paper.screenshot(), hundredths })
  }
}
