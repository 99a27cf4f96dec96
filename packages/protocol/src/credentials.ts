// What somebody types to come in. The schemas take it at any length, so that the answer is that of the rule of handles or
// passwords, and at sign-in the same for whatever is wrong.
import Type from 'typebox';
import { DeviceName, Name } from './account.ts';
import * as limits from './limits.ts';
import { Text } from './schema.ts';

/** What somebody typed as a handle. Whether it is one is decided where it is used. */
export const TypedHandle = Text(
  limits.maxTypedHandleCharacters,
  `A handle: ${limits.minHandleCharacters} to ${limits.maxHandleCharacters} of a-z, 0-9, dot and underscore; capitals and a leading @ are forgiven.`,
);
/** A password that is to be. Whether it is good enough is decided where it is used. */
export const NewPassword = Text(
  limits.maxPasswordCharacters,
  `At least ${limits.minPasswordCharacters} characters, and 60 points: 10 for each common word, the handle, run (abc, 123, qwerty), repeat or year, 6 for every other character (10 for one of a script without capitals) and 5 more where small letters, capitals, digits and signs change. So ten characters by chance of one kind are enough, and eight of several.`,
);

export const Cookie = Type.Optional(
  Type.Boolean({ description: 'Answer with a cookie instead of a token (browsers).' }),
);
export const signUp = {
  handle: TypedHandle,
  name: Name,
  password: NewPassword,
  device_name: DeviceName,
  cookie: Cookie,
};
export const SignIn = Type.Object({
  handle: TypedHandle,
  password: Text(limits.maxPasswordCharacters, 'The password.'),
  device_name: DeviceName,
  cookie: Cookie,
});
