// Puts methods onto a built-in prototype, hidden from loops over fields.

export function define(prototype, methods) {
  for (const [name, method] of Object.entries(methods)) {
    Object.defineProperty(prototype, name, {
      value: {
        [name](...given) {
          return method(this, ...given);
        },
      }[name],
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}
