// Promises whose jobs run when `drain` says so. The engine runs its own only after the component has returned, which is too late.

const jobs = [];

export function drain() {
  for (let at = 0; at < jobs.length; at++) jobs[at]();
  jobs.length = 0;
}

const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

class RunPromise {
  #state = PENDING;
  #value;
  #waiting = [];

  constructor(executor) {
    if (typeof executor !== 'function') throw new TypeError('a promise wants a function');
    let settled = false;
    const once = (settle) => (value) => {
      if (settled) return;
      settled = true;
      settle(value);
    };
    const reject = once((reason) => this.#settle(REJECTED, reason));
    try {
      executor(once((value) => this.#resolve(value)), reject);
    } catch (error) {
      reject(error);
    }
  }

  then(onFulfilled, onRejected) {
    return new RunPromise((resolve, reject) => {
      const react = () => {
        const handler = this.#state === FULFILLED ? onFulfilled : onRejected;
        if (typeof handler !== 'function') return this.#state === FULFILLED ? resolve(this.#value) : reject(this.#value);
        try {
          return resolve(handler(this.#value));
        } catch (error) {
          return reject(error);
        }
      };
      if (this.#state === PENDING) this.#waiting.push(react);
      else jobs.push(react);
    });
  }

  catch(onRejected) {
    return this.then(undefined, onRejected);
  }

  finally(then) {
    const after = (settle) => (value) => RunPromise.resolve(then()).then(() => settle(value));
    return this.then(
      after((value) => value),
      after((reason) => {
        throw reason;
      }),
    );
  }

  get [Symbol.toStringTag]() {
    return 'Promise';
  }

  #resolve(value) {
    if (value === this) return this.#settle(REJECTED, new TypeError('a promise cannot wait for itself'));
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return this.#settle(FULFILLED, value);
    try {
      const { then } = value;
      if (typeof then !== 'function') return this.#settle(FULFILLED, value);
      const follow = new RunPromise((resolve, reject) => jobs.push(() => tried(() => then.call(value, resolve, reject), reject)));
      return follow.#react(this);
    } catch (error) {
      return this.#settle(REJECTED, error);
    }
  }

  // `other` becomes what this becomes.
  #react(other) {
    const pass = () => other.#settle(this.#state, this.#value);
    if (this.#state === PENDING) this.#waiting.push(pass);
    else jobs.push(pass);
  }

  #settle(state, value) {
    this.#state = state;
    this.#value = value;
    jobs.push(...this.#waiting);
    this.#waiting = [];
  }

  static resolve(value) {
    return value instanceof RunPromise ? value : new RunPromise((resolve) => resolve(value));
  }

  static reject(reason) {
    return new RunPromise((_, reject) => reject(reason));
  }

  static withResolvers() {
    const parts = {};
    parts.promise = new RunPromise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  }

  static try(work, ...given) {
    return new RunPromise((resolve) => resolve(work(...given)));
  }

  static all(promises) {
    return collected(promises, (promise, keep, reject) => promise.then(keep, reject));
  }

  static allSettled(promises) {
    return collected(promises, (promise, keep) =>
      promise.then((value) => keep({ status: 'fulfilled', value }), (reason) => keep({ status: 'rejected', reason })));
  }

  static race(promises) {
    return new RunPromise((resolve, reject) => {
      for (const one of promises) RunPromise.resolve(one).then(resolve, reject);
    });
  }

  static any(promises) {
    const turned = collected(promises, (promise, keep, reject) => promise.then(reject, keep));
    return turned.then(
      (reasons) => {
        throw new AggregateError(reasons, 'all promises were rejected');
      },
      (value) => value,
    );
  }
}
Object.defineProperty(RunPromise, 'name', { value: 'Promise' });

function collected(promises, wait) {
  return new RunPromise((resolve, reject) => {
    const found = [];
    const all = [...promises];
    let missing = all.length;
    if (missing === 0) resolve(found);
    for (const [index, one] of all.entries()) {
      const keep = (value) => {
        found[index] = value;
        if (--missing === 0) resolve(found);
      };
      wait(RunPromise.resolve(one), keep, reject);
    }
  });
}

function tried(work, otherwise) {
  try {
    work();
  } catch (error) {
    otherwise(error);
  }
}

// Runs what was an `async` function: its body as a generator that yields where it waited.
export function spawn(body, self, given = []) {
  return new RunPromise((resolve, reject) => {
    const steps = body.apply(self, given);
    const go = (method, value) => {
      let step;
      try {
        step = steps[method](value);
      } catch (error) {
        return reject(error);
      }
      if (step.done) return resolve(step.value);
      return RunPromise.resolve(step.value).then((found) => go('next', found), (reason) => go('throw', reason));
    };
    go('next');
  });
}

delete Array.fromAsync;
Object.defineProperty(globalThis, 'Promise', { value: RunPromise, writable: true, configurable: true });
