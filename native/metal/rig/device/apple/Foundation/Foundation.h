// As much of Foundation as session.mm needs to be parsed in Apple's dialect on Linux. Nothing is linked against it.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef signed char BOOL;
#define YES ((BOOL)1)
#define NO ((BOOL)0)
#define nil nullptr
typedef unsigned long NSUInteger;
typedef long NSInteger;
@protocol NSObject
- (instancetype)retain;
- (oneway void)release;
- (instancetype)autorelease;
- (BOOL)respondsToSelector:(SEL)selector;
@end
__attribute__((objc_root_class)) @interface NSObject <NSObject>
+ (instancetype)alloc;
- (instancetype)init;
@end
@interface NSString : NSObject
+ (instancetype)stringWithUTF8String:(const char*)bytes;
- (const char*)UTF8String;
@end
@interface NSError : NSObject
- (NSInteger)code;
- (NSString*)localizedDescription;
@end
@interface NSException : NSObject
- (NSString*)name;
- (NSString*)reason;
@end
