// An error whose cause is known: how it is told is up to us, not to the engine.

export class Failure extends Error {
  constructor(kind, message, more = {}) {
    super(message);
    this.kind = kind;
    Object.assign(this, more);
  }
}
Object.defineProperty(Failure.prototype, 'name', { value: 'Error' });
