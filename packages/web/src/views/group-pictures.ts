// The pictures of groups on this page: `blob:` addresses, which its policy lets images have.
import { PictureAddresses } from '../view-models/picture-addresses.ts';

export const groupPictures = new PictureAddresses({
  make: ({ bytes, type }) => URL.createObjectURL(new Blob([bytes], { type })),
  revoke: (address) => URL.revokeObjectURL(address),
});
