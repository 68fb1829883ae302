// @ts-check

/** The events of each topic, rendered once as they stand in an answer, so that serving is cheaper than reading. */
export class Log {
  /** @param {readonly string[]} topics */
  constructor(topics) {
    /** @type {Map<string, { first: number, entries: string[], times: number[] }>} */
    this.topics = new Map(topics.map((topic) => [topic, { first: 0, entries: [], times: [] }]));
    /** @type {Map<string, Buffer>} */
    this.pages = new Map();
  }

  /** @param {string} topic */
  of(topic) {
    const found = this.topics.get(topic);
    if (found === undefined) throw new Error(`no topic ${topic}`);
    return found;
  }

  /** @param {string} topic @param {readonly string[]} values @param {number} time */
  append(topic, values, time) {
    const { entries, times } = this.of(topic);
    for (const value of values) {
      entries.push(`{"contentType":"application/json","value":${JSON.stringify(value)}}`);
      times.push(time);
    }
  }

  /** The offset after the last event. @param {string} topic */
  end(topic) {
    const { first, entries } = this.of(topic);
    return first + entries.length;
  }

  /** Where a poll without an offset begins. @param {string} topic @param {number} lookbackDays */
  begin(topic, lookbackDays) {
    const { first, times } = this.of(topic);
    if (lookbackDays <= 0) return this.end(topic);
    const since = Date.now() - lookbackDays * 86_400_000;
    const found = times.findIndex((time) => time >= since);
    // As the real server: where nothing is young enough, from the beginning.
    return found === -1 ? first : first + found;
  }

  /** @param {string} topic @param {number} next */
  offsetId(topic, next) {
    return Buffer.from(JSON.stringify({ [`${topic}-0`]: next })).toString('base64');
  }

  /** Undefined for an id that cannot be read. @param {string} topic @param {string} offsetId */
  readOffset(topic, offsetId) {
    try {
      const next = JSON.parse(Buffer.from(offsetId, 'base64').toString())[`${topic}-0`];
      return Number.isInteger(next) ? Number(next) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Drops the events before a stored offset id, as expiry would. @param {string} offsetId */
  forgetBefore(offsetId) {
    for (const topic of this.topics.keys()) {
      const next = this.readOffset(topic, offsetId);
      if (next !== undefined) this.expire(topic, next);
    }
  }

  /** @param {string} topic @param {number} before */
  expire(topic, before) {
    const log = this.of(topic);
    const gone = Math.max(0, Math.min(before - log.first, log.entries.length));
    log.entries.splice(0, gone);
    log.times.splice(0, gone);
    log.first += gone;
    this.pages.clear();
  }

  /** The answer to a poll. @param {string} topic @param {number} from @param {number} limit */
  page(topic, from, limit) {
    const { first, entries } = this.of(topic);
    const start = Math.max(from, first);
    const key = `${topic} ${start} ${limit}`;
    const kept = this.pages.get(key);
    if (kept !== undefined) return kept;
    const events = entries.slice(start - first, start - first + limit);
    const offsetId = this.offsetId(topic, start + events.length);
    const page = Buffer.from(
      `{"offsetId":"${offsetId}","count":${events.length},"events":[${events.join(',')}]}`,
    );
    if (events.length === limit) {
      if (this.pages.size > 500) this.pages.clear();
      this.pages.set(key, page);
    }
    return page;
  }
}
