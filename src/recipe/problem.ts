/** What is wrong with a recipe, first as the checks find it (`Draft`, by path), then as people see it. */
import { redact } from '../support/logging/redact.ts';
import type { RecipeText } from './recipe-text.ts';
import { type Path, type Place, pathText, placeOf, type Tree } from './tree.ts';

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** As it was given; `command line` for a flag. */
  readonly file: string;
  /** 1-based; 0 where the problem is not at a place in the text. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** `action.config.timeout_ms`; empty for the whole recipe. */
  readonly path: string;
  /** The whole sentence: what was expected, what was found. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** What to write instead, a sentence. */
  readonly fix?: string;
  readonly didYouMean?: string;
  /** The line of the text, secrets masked. */
  readonly excerpt?: string;
  /** Where in `excerpt` the carets stand; 0-based. */
  readonly caret?: { readonly at: number; readonly length: number };
  readonly code: 'EVR_RECIPE';
}

/** A problem as a check finds it: it knows the path, not yet the place. */
export interface Draft {
  readonly severity?: 'error' | 'warning';
  readonly path: Path;
  /** Under what the caret belongs; default `value`. */
  readonly about?: 'key' | 'value';
  /** Character of the value (a text) where the problem is, 0-based. */
  readonly at?: number;
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly fix?: string;
  readonly didYouMean?: string;
  /** Its value must not be shown. */
  readonly secret?: boolean;
}

export function problemAt(draft: Draft, text: RecipeText, tree: Tree): Problem {
  const { key, value } = placeOf(tree, draft.path);
  let place: Place = draft.about === 'key' && key !== undefined ? key : value;
  if (draft.path.length === 0) place = { start: place.start, end: place.start };
  else if (draft.at !== undefined) place = text.inside(tree, draft.path, draft.at) ?? place;
  const hidden = draft.secret ? value : undefined;
  const { path, about, at, secret, severity = 'error', ...said } = draft;
  return {
    severity,
    ...text.where(place, hidden),
    path: pathText(path),
    ...masked(said),
    code: 'EVR_RECIPE',
  };
}

/** A problem that is not at a place in a text: an unreadable file, a flag. */
export function problemOf(file: string, message: string, path = ''): Problem {
  const sentence = redact(message);
  return {
    severity: 'error',
    file,
    line: 0,
    column: 0,
    length: 0,
    path,
    message: sentence,
    code: 'EVR_RECIPE',
  };
}

function masked<T extends { message: string; expected?: string; found?: string; fix?: string }>(said: T): T {
  const out: Record<string, unknown> = { ...said };
  for (const [key, text] of Object.entries(out)) if (typeof text === 'string') out[key] = redact(text);
  return out as T;
}
