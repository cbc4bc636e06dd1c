// Server-sent events out of a stream of text: id, event and data of each message (WHATWG HTML, 9.2.6).

export interface StreamMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** A message that is longer than this is no message of the daemon's. */
const LONGEST = 64 * 1024 * 1024;

/** Messages of a stream as they are whole. Throws RangeError where one never ends. */
export async function* readMessages(stream: AsyncIterable<string>): AsyncGenerator<StreamMessage> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    let start = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', start)) {
      const message = parse(text.slice(start, end));
      start = end + 2;
      if (message) yield message;
    }
    text = text.slice(start);
    if (text.length > LONGEST) throw new RangeError('a message of the stream does not end');
  }
}

function parse(block: string): StreamMessage | undefined {
  let id: string | undefined;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at <= 0) continue;
    const value = line.slice(at + 1).replace(/^ /, '');
    const field = line.slice(0, at);
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
  return data.length > 0 ? { id, event, data: data.join('\n') } : undefined;
}
