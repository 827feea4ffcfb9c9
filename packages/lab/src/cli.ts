export const todo: string = 'lab';
