"""Drop-ins for libraries that a program uses already; each module is imported only when named."""
