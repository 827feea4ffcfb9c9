export const todo: string = 'giveback';
