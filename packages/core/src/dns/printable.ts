export { printable } from '../domain/printable.ts'
