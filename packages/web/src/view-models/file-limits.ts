// Bounds of files in the web app.

/** So many are chosen at once; each is a message. */
export const maxChosen = 10;
/** The longer side of a picture that is sent, and of one that is sent in high resolution. */
export const pictureSide = 1_600;
export const largePictureSide = 4_096;
export const pictureQuality = 0.82;
/** The longer side of what is seen before the picture is there. */
export const thumbSide = 40;
export const thumbQuality = 0.6;
/** The longer side of what the sheet shows before sending. */
export const previewSide = 320;
/** So much of a picture is read to find out whether it moves. */
export const maxScannedBytes = 8 * 1024 * 1024;
/** A film or a sound that has not said within this time how long it is goes without. */
export const factsMs = 4_000;
/** So many files are opened at the same time. */
export const maxOpenings = 3;
/** Opened files that are kept although nothing shows them. */
export const maxKeptFiles = 60;
export const maxKeptBytes = 96 * 1024 * 1024;
/** A picture that is larger is opened when somebody asks for it. */
export const maxUnaskedBytes = 8 * 1024 * 1024;
