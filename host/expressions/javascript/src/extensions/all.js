// Methods of texts, numbers, lists and dates, by their effect on the prototypes.

import './strings.js';
import './numbers.js';
import './arrays.js';
import './dates.js';
