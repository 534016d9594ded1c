import { Histogram } from './Histogram.js'

export class RouteFigures {
  readonly durations = new Histogram()
  /** How many answers had which status. */
  readonly statuses = new Map<number, number>()
}

/** The requests answered, by route and status. A route is a pattern, never an address: there are only so many. */
export class RequestFigures {
  readonly routes = new Map<string, RouteFigures>()

  record(route: string, status: number, durationMs: number): void {
    let figures = this.routes.get(route)
    if (!figures) {
      figures = new RouteFigures()
      this.routes.set(route, figures)
    }
    figures.durations.record(durationMs)
    figures.statuses.set(status, (figures.statuses.get(status) ?? 0) + 1)
  }
}
