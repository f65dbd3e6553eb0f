#ifndef CSHIM_H
#define CSHIM_H
int cshim_placeholder(void);
#endif
