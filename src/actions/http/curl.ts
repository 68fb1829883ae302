import { redact } from '../../support/logging/redact.ts';
import { shellWord } from '../../support/programs/shell-word.ts';
import type { Outgoing } from './request.ts';

/** The request as a line for a shell, with credentials masked. */
export function curlLine(origin: string, { method, path, headers, body }: Outgoing): string {
  const words = ['curl', '-X', method, shellWord(redact(origin + path))];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i], headers[i + 1]];
    words.push('-H', shellWord(name === 'authorization' ? `${name}: ***` : `${name}: ${value}`));
  }
  if (typeof body === 'string') words.push('--data-raw', shellWord(body));
  else if (body !== undefined) words.push('--data-binary', `'<${body.length} bytes>'`);
  return redact(words.join(' '));
}
