// Errors of the author's code as the host wants them.

import { Failure } from '../../../host/expressions/javascript/src/failure.js';
import { explain } from '../../../host/expressions/javascript/src/explain.js';

// What people look for and do not find, and what to do instead.
const ELSEWHERE = {
  require: 'packages cannot be loaded in a Code node',
  process: 'a Code node has no environment',
  Buffer: "there is no Buffer: texts have `base64Encode()` and `base64Decode()`, attachments take base64 as `data`",
  fetch: 'a Code node has no network: put an HTTP Request node before it',
  setTimeout: 'a Code node cannot wait: put a Wait node before it',
  $getWorkflowStaticData: 'nothing is kept between runs in a Code node',
  $helpers: 'there are no helpers: put an HTTP Request node before the Code node',
};

const CODES = { syntax: ['invalid-input', 'code-syntax'], result: ['permanent', 'code-result'] };

export function nodeError(error, compiled, at) {
  const told = explain(error, compiled);
  const [kind, code] = CODES[error instanceof Failure ? error.kind : ''] ?? ['permanent', 'code-failed'];
  const unknown = /^`(.+)` is not defined/.exec(told.message)?.[1];
  const hint = /^cannot read property '.*' of (undefined|null)$/.test(told.message) || !unknown || !Object.hasOwn(ELSEWHERE, unknown) ? told.message : `\`${unknown}\` is not defined: ${ELSEWHERE[unknown]}`;
  const place = told.line === undefined ? '' : ` (line ${told.line}, column ${told.column})`;
  const name = error instanceof Failure ? '' : `${told.name}: `;
  return {
    kind,
    code,
    message: `${name}${hint}${place}`,
    details: JSON.stringify({ name: told.name, line: told.line, column: told.column }),
    parameter: '/code',
    item: at === undefined ? null : { input: 0, index: at },
    retryAfterMs: null,
  };
}

export function invalidParameter(message, parameter) {
  return { kind: 'invalid-input', code: 'invalid-params', message, details: null, parameter, item: null, retryAfterMs: null };
}
