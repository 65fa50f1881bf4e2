/** The name of the one property of an object that stands for a value which JSON cannot hold. */
export const TAG = '$eatp';

/** Whether a property has the tag's name, or that name escaped by more dollar signs in front. */
export const isTagName = (name: string): boolean => name.charCodeAt(0) === 36 && /^\$+eatp$/.test(name);
