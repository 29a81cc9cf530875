/** A number as English text writes it: 50,000. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');
