// Luxon with the zones of this component, the run's clock and the workflow's zone.

import { DateTime, Duration, FixedOffsetZone, IANAZone, Interval, Settings, SystemZone } from 'luxon';
import { clock } from '../clock.js';
import { offsetAt, zoneName } from './zones.js';

export { DateTime, Duration, Interval };

IANAZone.isValidZone = (name) => zoneName(name) !== undefined;
IANAZone.isValidSpecifier = IANAZone.isValidZone;
// Zones are shared by all dates, so nobody may change one.
const { create } = IANAZone;
IANAZone.create = (name) => Object.freeze(create.call(IANAZone, name));
for (const zone of [FixedOffsetZone.utcInstance, SystemZone.instance]) Object.freeze(zone);
Object.defineProperties(IANAZone.prototype, {
  offset: {
    value(milliseconds) {
      return this.valid ? offsetAt(this.zoneName, milliseconds) : NaN;
    },
  },
  offsetName: {
    value(milliseconds, { format, locale }) {
      return new Intl.DateTimeFormat(locale, { timeZone: this.zoneName, timeZoneName: format })
        .formatToParts(new Date(milliseconds))
        .find((part) => part.type === 'timeZoneName').value;
    },
  },
});
Object.defineProperty(Interval.prototype, 'toJSON', {
  value() {
    return this.toISO();
  },
});

Settings.now = clock;
Settings.defaultLocale = 'en-US';
Settings.throwOnInvalid = false;

// The workflow's zone is made when a date first needs it: most calls have none.
let wanted = 'UTC';
let made;
Object.defineProperty(Settings, 'defaultZone', {
  // A zone, not its name: a name would be looked up for every date. With one that does not exist every date is invalid and says so.
  get: () => (made ??= IANAZone.create(zoneName(wanted) ?? wanted)),
});

export function setZone(name) {
  wanted = name;
  made = undefined;
}

// What Luxon keeps could be changed through dates that share it.
export function forgetDates() {
  Settings.resetCaches();
}
